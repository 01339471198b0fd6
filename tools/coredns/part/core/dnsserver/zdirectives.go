package dnsserver

// Directives are the plugins in the order in which a question passes them: that of CoreDNS's plugin.cfg.
var Directives = []string{
	"reload",
	"ready",
	"health",
	"prometheus",
	"errors",
	"template",
	"kubernetes",
}
