// Package ext stands for what Traefik's repository keeps beside its published module: the fields that a product built on
// Traefik adds to its configuration. Traefik itself adds none.
package ext

// HTTP is what is added to the configuration of HTTP.
type HTTP struct{}

// Router is what is added to a router.
type Router struct{}
