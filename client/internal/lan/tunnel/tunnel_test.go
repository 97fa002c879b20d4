package tunnel

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"

	"github.com/tailscale/wireguard-go/tun"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

var (
	self     = netip.MustParseAddr("100.64.0.1")
	friend   = netip.MustParseAddr("100.64.0.2")
	stranger = netip.MustParseAddr("100.64.0.3")
	everyone = netip.MustParseAddr("255.255.255.255")
	group    = netip.MustParseAddr("239.255.42.42")
)

// memory is a device that keeps what is written and hands out what it is given.
type memory struct {
	tun.Device
	written [][]byte
	next    [][]byte
}

func (m *memory) Write(buffers [][]byte, offset int) (int, error) {
	for _, buffer := range buffers {
		m.written = append(m.written, append([]byte{}, buffer[offset:]...))
	}
	return len(buffers), nil
}

func (m *memory) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	for i, packet := range m.next {
		sizes[i] = copy(buffers[i][offset:], packet)
	}
	n := len(m.next)
	m.next = nil
	return n, nil
}

func (m *memory) Close() error { return os.ErrClosed }

func at(address netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(address, port) }

func udp(from, to netip.AddrPort) []byte {
	raw := ip(17, from, to, 8+4)
	binary.BigEndian.PutUint16(raw[24:], 12)
	return raw
}

func tcp(from, to netip.AddrPort, flags byte, ack uint32) []byte {
	raw := ip(6, from, to, 20)
	raw[32], raw[33] = 5<<4, flags
	binary.BigEndian.PutUint32(raw[28:], ack)
	return raw
}

func ping(from, to netip.AddrPort) []byte {
	raw := ip(1, from, to, 8)
	raw[20] = 8
	return raw
}

func ip(protocol byte, from, to netip.AddrPort, body int) []byte {
	raw := make([]byte, 20+body)
	raw[0], raw[8], raw[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)))
	source, target := from.Addr().As4(), to.Addr().As4()
	copy(raw[12:], source[:])
	copy(raw[16:], target[:])
	binary.BigEndian.PutUint16(raw[20:], from.Port())
	binary.BigEndian.PutUint16(raw[22:], to.Port())
	return raw
}

const (
	syn = 0x02
	ack = 0x10
)

type fixture struct {
	*Tunnel
	device  tun.Device
	memory  *memory
	relayed [][]byte
}

func start(hosts bool, game *games.Profile) *fixture {
	f := &fixture{memory: &memory{}}
	f.Tunnel = New(Options{Game: game, Hosts: hosts, Relay: func(packet []byte) { f.relayed = append(f.relayed, packet) }})
	f.device = f.Wrap(f.memory)
	f.SetMembers([]netip.Addr{friend})
	return f
}

// comes tells whether a packet of the network reaches the machine.
func (f *fixture) comes(packet []byte) bool {
	f.memory.written = nil
	_, _ = f.device.Write([][]byte{packet}, 0)
	return len(f.memory.written) == 1
}

// goes tells whether a packet of the machine reaches the network.
func (f *fixture) goes(packet []byte) bool {
	f.memory.next = [][]byte{packet}
	buffers, sizes := [][]byte{make([]byte, 1500)}, []int{0}
	n, _ := f.device.Read(buffers, sizes, 0)
	return n == 1
}

func toy() *games.Profile {
	return &games.Profile{ID: "toy", Name: "toy", UDP: []games.Ports{{First: 100, Last: 101}}, TCP: []games.Ports{{First: 100, Last: 100}},
		Discovery: []games.Discovery{{Port: 100, From: games.FromJoiner}, {Port: 101, From: games.FromHost}}}
}

func TestOnlyTheGamesPortsAreOpen(t *testing.T) {
	for _, test := range []struct {
		name   string
		hosts  bool
		packet []byte
		open   bool
	}{
		{"host, game's UDP", true, udp(at(friend, 5), at(self, 100)), true},
		{"host, other UDP", true, udp(at(friend, 5), at(self, 53)), false},
		{"host, game's TCP", true, tcp(at(friend, 5), at(self, 100), syn, 0), true},
		{"host, other TCP", true, tcp(at(friend, 5), at(self, 22), syn, 0), false},
		{"host, TCP without beginning", true, tcp(at(friend, 5), at(self, 22), ack, 0), false},
		{"host, stranger", true, udp(at(stranger, 5), at(self, 100)), false},
		{"host, ping", true, ping(at(friend, 0), at(self, 0)), false},
		{"guest, question", false, udp(at(friend, 5), at(self, 100)), false},
		{"guest, announcement", false, udp(at(friend, 5), at(self, 101)), true},
		{"guest, TCP", false, tcp(at(friend, 5), at(self, 100), syn, 0), false},
		{"IPv6", true, make([]byte, 60), false},
		{"cut", true, udp(at(friend, 5), at(self, 100))[:21], false},
	} {
		if got := start(test.hosts, toy()).comes(fix(test.packet)); got != test.open {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// fix writes the length that a packet really has, unless it was cut.
func fix(raw []byte) []byte {
	if len(raw) >= 28 {
		binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)))
	}
	return raw
}

func TestAnswersComeBack(t *testing.T) {
	f := start(false, toy())
	if f.comes(udp(at(friend, 100), at(self, 3000))) {
		t.Error("an answer without a question")
	}
	if !f.goes(udp(at(self, 3000), at(friend, 100))) {
		t.Error("a question to a member")
	}
	if !f.comes(udp(at(friend, 100), at(self, 3000))) || !f.comes(udp(at(friend, 7777), at(self, 3000))) {
		t.Error("answers, also from another port")
	}
	if f.comes(udp(at(friend, 100), at(self, 3001))) {
		t.Error("an answer to another port")
	}
	if f.goes(udp(at(self, 3000), at(stranger, 100))) || f.goes(udp(at(self, 3000), at(netip.MustParseAddr("8.8.8.8"), 53))) {
		t.Error("left to nobody's address")
	}
	f.goes(tcp(at(self, 4000), at(friend, 100), syn, 0))
	if !f.comes(tcp(at(friend, 100), at(self, 4000), syn|ack, 1)) || f.comes(tcp(at(friend, 101), at(self, 4000), ack, 1)) {
		t.Error("TCP answers")
	}
}

func TestWhatGoesToEveryoneIsCopied(t *testing.T) {
	f := start(false, toy())
	for _, to := range []netip.Addr{everyone, group, netip.MustParseAddr("100.127.255.255")} {
		f.relayed = nil
		if f.goes(udp(at(self, 3000), at(to, 100))) || len(f.relayed) != 1 {
			t.Errorf("%v: %d copies", to, len(f.relayed))
		}
	}
	if !f.comes(udp(at(friend, 100), at(self, 3000))) {
		t.Error("anyone may answer a search")
	}
	f.SetMembers(nil)
	f.relayed = nil
	if f.goes(udp(at(self, 3000), at(everyone, 100))) || len(f.relayed) != 0 {
		t.Error("a copy without members")
	}
}

func TestCopiesOfOthersAreChecked(t *testing.T) {
	for _, test := range []struct {
		name   string
		from   netip.Addr
		packet []byte
		taken  bool
	}{
		{"good", friend, udp(at(friend, 5), at(everyone, 100)), true},
		{"group", friend, udp(at(friend, 5), at(group, 101)), true},
		{"other port", friend, udp(at(friend, 5), at(everyone, 53)), false},
		{"under another's name", friend, udp(at(stranger, 5), at(everyone, 100)), false},
		{"stranger", stranger, udp(at(stranger, 5), at(everyone, 100)), false},
		{"to one", friend, udp(at(friend, 5), at(self, 100)), false},
		{"TCP", friend, tcp(at(friend, 5), at(everyone, 100), syn, 0), false},
		{"nonsense", friend, []byte{0x45, 1, 2}, false},
	} {
		f := start(true, toy())
		f.Relayed(test.from, test.packet)
		if taken := len(f.memory.written) == 1; taken != test.taken {
			t.Errorf("%s: %v", test.name, taken)
		}
	}
}

func TestConnectionsOfThoseWhoAreGoneAreReset(t *testing.T) {
	f := start(true, toy())
	f.comes(tcp(at(friend, 5), at(self, 100), syn, 0))
	f.goes(tcp(at(self, 100), at(friend, 5), ack, 4242))
	f.memory.written = nil
	f.SetMembers(nil)
	if len(f.memory.written) != 1 {
		t.Fatalf("%d packets", len(f.memory.written))
	}
	raw := f.memory.written[0]
	packet, ok := lan.Parse(raw)
	if !ok || packet.From != at(friend, 5) || packet.To != at(self, 100) || raw[33] != 0x04 || binary.BigEndian.Uint32(raw[24:]) != 4242 {
		t.Errorf("%+v % x", packet, raw)
	}
	if sum(raw[:20], 0) != 0xffff || sum(raw[20:], uint32(sum(raw[12:20], 26))) != 0xffff {
		t.Error("wrong checksums")
	}
	f.SetMembers([]netip.Addr{friend})
	if f.comes(tcp(at(friend, 5), at(self, 5000), ack, 1)) {
		t.Error("goes on")
	}
}

func TestASpaceIsOpenToMembersAlone(t *testing.T) {
	f := start(false, nil)
	if !f.comes(udp(at(friend, 5), at(self, 4321))) || f.comes(udp(at(stranger, 5), at(self, 4321))) {
		t.Error("all ports to members, none to others")
	}
}

func FuzzPackets(f *testing.F) {
	f.Add(udp(at(friend, 5), at(self, 100)))
	f.Add(tcp(at(friend, 5), at(self, 100), syn, 0))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		host := start(true, toy())
		host.comes(raw)
		host.goes(append([]byte{}, raw[:min(len(raw), 1500)]...))
		host.Relayed(friend, raw)
		lan.ParseUDP(raw)
	})
}
