// Package k8s is what Alloy's source names of it.
package k8s

// Provider is no provider.
type Provider struct{}
