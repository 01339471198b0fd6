// Package discover stands for the library by which Alloys find each other at every provider of machines: with their
// clients, a third of all that Alloy is built from. The stack's Alloys need not know each other.
package discover

import (
	"errors"
	"log"
)

// Provider would be one of machines.
type Provider any

// Providers are none.
var Providers map[string]Provider

// Option changes nothing.
type Option func(*Discover) error

// WithProviders changes nothing.
func WithProviders(map[string]Provider) Option { return nil }

// Discover is never made.
type Discover struct{}

// New fails.
func New(...Option) (*Discover, error) {
	return nil, errors.New("this Alloy is built without discovery of its peers")
}

// Addrs finds nobody.
func (*Discover) Addrs(string, *log.Logger) ([]string, error) { return nil, nil }
