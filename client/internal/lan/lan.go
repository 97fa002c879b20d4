// Package lan holds what the ways of carrying a game's packets have in common.
package lan

import (
	"context"
	"net"
	"net/netip"
)

// Net is one's own place in the virtual LAN; *node.Node is one.
type Net interface {
	Self() netip.Addr
	ListenUDP(port uint16) (net.PacketConn, error)
	DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	HandleTCP(handler func(from, to netip.AddrPort) func(net.Conn)) func()
}

// Everyone is the addresses that stand for all members in a packet's destination.
func Everyone(to netip.Addr) bool {
	return to == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || to == netip.AddrFrom4([4]byte{100, 127, 255, 255}) || to.IsMulticast()
}

// StandIn is the loopback address that stands for a peer on this machine: 127.b.c.d for 100.b.c.d. All of them lie in
// 127.64.0.0/10, because the virtual LAN lies in 100.64.0.0/10.
func StandIn(peer netip.Addr) netip.Addr {
	raw := peer.As4()
	raw[0] = 127
	return netip.AddrFrom4(raw)
}

var standIns = netip.MustParsePrefix("127.64.0.0/10")

// IsStandIn tells whether an address of this machine stands for a peer.
func IsStandIn(address netip.Addr) bool { return standIns.Contains(address) }

// AddrPort is a socket's address in the form that this program compares.
func AddrPort(address net.Addr) netip.AddrPort {
	switch at := address.(type) {
	case *net.UDPAddr:
		return Plain(at.AddrPort())
	case *net.TCPAddr:
		return Plain(at.AddrPort())
	}
	at, _ := netip.ParseAddrPort(address.String())
	return Plain(at)
}

// Plain writes an IPv4 address that is mapped into IPv6 as IPv4.
func Plain(at netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()) }
