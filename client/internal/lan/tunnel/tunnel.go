// Package tunnel stands between a TUN device and the node. It copies what a game sends to everyone to the members of the
// room, hands their copies to the game, and lets nothing in that the room's game has no use for.
package tunnel

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/tailscale/wireguard-go/tun"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

// headroom is what a TUN with offloading writes before a packet.
const headroom = 16

// Options of a tunnel.
type Options struct {
	// Game's ports are the only ones open to members, beside answers to what this machine sent; nil: everything is open to
	// them, because nothing but the game is behind the device.
	Game  *games.Profile
	Hosts bool
	// Relay sends a copy to every member.
	Relay func(packet []byte)
	Seen  func(direction string) // may be nil
	// Watch is told of each packet between the game and members (for learning); may be nil.
	Watch func(packet lan.Packet, inbound bool)
}

// Tunnel is what one session keeps over several devices.
type Tunnel struct {
	mu      sync.Mutex
	options Options
	device  tun.Device // nil between two nodes
	members []netip.Addr
	flows   flows
}

// New makes a tunnel without a device.
func New(options Options) *Tunnel { return &Tunnel{options: options, flows: flows{}} }

// Wrap puts the tunnel before a device, for one node.
func (t *Tunnel) Wrap(inner tun.Device) tun.Device {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.device = inner
	return &device{Device: inner, tunnel: t}
}

// SetMembers replaces those who are let through. Connections with those who are gone are reset.
func (t *Tunnel) SetMembers(members []netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.members = slices.Clone(members)
	for _, reset := range t.flows.cut(func(address netip.Addr) bool { return !t.isMember(address) }) {
		t.inject(reset)
	}
}

func (t *Tunnel) isMember(address netip.Addr) bool { return slices.Contains(t.members, address) }

// Relayed hands a member's packet to everyone to the game.
func (t *Tunnel) Relayed(from netip.Addr, raw []byte) {
	packet, ok := lan.Parse(raw)
	if !ok || !packet.UDP() || packet.From.Addr() != from || !lan.Everyone(packet.To.Addr()) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.isMember(from) || t.options.Game != nil && !games.Has(t.options.Game.UDP, packet.To.Port()) {
		return
	}
	t.note(packet, true)
	t.seen("in")
	t.inject(raw)
}

// inject writes a packet to the device as if it came from the network. The caller holds mu.
func (t *Tunnel) inject(raw []byte) {
	if t.device == nil {
		return
	}
	buffer := append(make([]byte, headroom, headroom+len(raw)), raw...)
	_, _ = t.device.Write([][]byte{buffer}, headroom) // what cannot be written is lost, as on any network
}

// Problems has nothing to tell: there are no sockets that could be in use.
func (t *Tunnel) Problems() []string { return nil }

// Close forgets the members; the device belongs to the node, which closes it.
func (t *Tunnel) Close() error {
	t.SetMembers(nil)
	return nil
}

func (t *Tunnel) seen(direction string) {
	if t.options.Seen != nil {
		t.options.Seen(direction)
	}
}

func (t *Tunnel) note(packet lan.Packet, inbound bool) {
	if t.options.Watch != nil {
		t.options.Watch(packet, inbound)
	}
}

// leaving looks at a packet of the game; false drops it.
func (t *Tunnel) leaving(raw []byte) bool {
	packet, ok := lan.Parse(raw)
	if !ok {
		return false // IPv6, which rooms do not carry
	}
	t.mu.Lock()
	if lan.Everyone(packet.To.Addr()) {
		ours := packet.UDP() && !packet.Fragment && len(t.members) > 0
		if ours {
			t.flows.sent(packet, raw)
			t.note(packet, false)
			t.seen("out")
		}
		t.mu.Unlock()
		if ours {
			t.options.Relay(slices.Clone(raw))
		}
		return false
	}
	defer t.mu.Unlock()
	if !t.isMember(packet.To.Addr()) {
		return false
	}
	t.flows.sent(packet, raw)
	t.note(packet, false)
	return true
}

// arriving looks at a packet of a peer; false drops it.
func (t *Tunnel) arriving(raw []byte) bool {
	packet, ok := lan.Parse(raw)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.isMember(packet.From.Addr()) || !t.open(packet, raw) {
		return false
	}
	t.note(packet, true)
	return true
}

// open tells whether a member may send this here. The caller holds mu.
func (t *Tunnel) open(packet lan.Packet, raw []byte) bool {
	game := t.options.Game
	switch {
	case game == nil, packet.Fragment: // what follows a first fragment that was dropped is useless
		return true
	case packet.ICMP():
		return raw[int(raw[0]&15)*4] != echoRequest
	case t.flows.answers(packet):
		return true
	case !t.options.Hosts:
		return packet.UDP() && announced(*game, packet.To.Port())
	case packet.UDP():
		return games.Has(game.UDP, packet.To.Port())
	case packet.TCP():
		return games.Has(game.TCP, packet.To.Port())
	}
	return false
}

const echoRequest = 8

// announced tells whether players wait for announcements on the port.
func announced(game games.Profile, port uint16) bool {
	return slices.ContainsFunc(game.Discovery, func(d games.Discovery) bool { return d.Port == port && d.From == games.FromHost })
}
