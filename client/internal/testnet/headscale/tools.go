//go:build tools

// Package headscale pins the Headscale that the tests build.
package headscale

import _ "github.com/juanfont/headscale/cmd/headscale"
