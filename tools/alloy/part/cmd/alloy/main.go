// Command alloy is Grafana Alloy. Its own main package is not in its module.
package main

import (
	"os"

	"github.com/grafana/alloy/internal/alloycli"
)

func main() {
	if err := alloycli.Command().Execute(); err != nil {
		os.Exit(1)
	}
}
