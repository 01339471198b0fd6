// Of the provider that is left out: see ecs.go.
package ecs
