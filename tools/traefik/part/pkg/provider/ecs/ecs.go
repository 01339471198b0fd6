// Package ecs would find containers of Amazon ECS, with Amazon's clients: a seventh of all that Traefik is built from.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// ProviderName is what a configuration calls it.
const ProviderName = "ecs"

// Provider can be configured only to fail.
type Provider struct{}

// Init fails.
func (*Provider) Init() error {
	return errors.New("this Traefik is built without its provider for Amazon ECS")
}

// Provide gives nothing.
func (*Provider) Provide(chan<- dynamic.Message, *safe.Pool) error {
	return nil
}
