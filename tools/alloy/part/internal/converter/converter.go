// Package converter would read the configurations of other programs, for which it needs every component.
package converter

import "github.com/grafana/alloy/internal/converter/diag"

// Input is a form of configuration.
type Input string

// SupportedFormats are none.
var SupportedFormats []string

// Convert fails.
func Convert([]byte, Input, []string) ([]byte, diag.Diagnostics) {
	var diags diag.Diagnostics
	diags.Add(diag.SeverityLevelCritical, "this program reads configurations of Alloy only")
	return nil, diags
}
