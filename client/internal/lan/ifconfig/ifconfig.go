// Package ifconfig makes TUN devices and gives them addresses and routes, by the system's own means.
package ifconfig

import "net/netip"

// MTU of the virtual LAN.
const MTU = 1280

// Routes that a TUN needs beside that of the LAN.
var (
	Broadcast = netip.MustParsePrefix("255.255.255.255/32")
	Multicast = netip.MustParsePrefix("224.0.0.0/4")
)
