//go:build tools

// Package headscale pins the Headscale that the tests run (scripts/lib/headscale.sh builds it).
package headscale

import _ "github.com/juanfont/headscale/cmd/headscale"
