// Package mesh is what companions say to each other: greetings, which also measure the way, and copies of broadcasts.
//
// A pair's first packet often takes five seconds: the side that knows the other first begins a handshake that the other
// side drops, and tries again only then. So both sides greet as soon as they know each other; the later one gets through.
package mesh

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/netherlink/netherlink/client/internal/lan"
)

// Port is where companions hear each other in the virtual LAN.
const Port = 41797

const (
	magic     = 0x4e4c // "NL"
	kindHello = 1
	kindReply = 2
	kindRelay = 3
	header    = 3 // magic, kind
	// A hello holds a number after its header.
	helloSize = header + 4
	// MaxRelay is the longest packet that is copied: one of the virtual LAN's size, less what the copy adds.
	MaxRelay = 1280 - 28 - header

	greetingInterval = 250 * time.Millisecond
	greetings        = 40 // until the first reply
	measureInterval  = 5 * time.Second
	window           = 20 // replies that loss is counted over
)

// Way is what greetings have measured.
type Way struct {
	Greeted bool
	RTT     time.Duration
	Loss    float64 // 0 to 1
}

type peer struct {
	number  uint32
	sent    map[uint32]time.Time
	outcome []bool // newest last
	way     Way
	tries   int
	next    time.Time
	heard   time.Time
}

// Mesh speaks with the peers that SetPeers names, and hears no one else.
type Mesh struct {
	socket  net.PacketConn
	relayed func(from netip.Addr, packet []byte)
	unknown func()
	done    chan struct{}
	running sync.WaitGroup

	mu    sync.Mutex
	peers map[netip.Addr]*peer
}

// New opens the port. relayed is called, on the mesh's thread, with each packet that a peer sent to everyone; unknown when
// somebody greets who is not on the list: it may have to be asked for again.
func New(network lan.Net, relayed func(from netip.Addr, packet []byte), unknown func()) (*Mesh, error) {
	socket, err := network.ListenUDP(Port)
	if err != nil {
		return nil, err
	}
	m := &Mesh{socket: socket, relayed: relayed, unknown: unknown, done: make(chan struct{}), peers: map[netip.Addr]*peer{}}
	m.running.Add(2)
	go m.read()
	go m.greet()
	return m, nil
}

// SetPeers replaces the list; what is known of those who stay is kept.
func (m *Mesh) SetPeers(addresses []netip.Addr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for known := range m.peers {
		if !slices.Contains(addresses, known) {
			delete(m.peers, known)
		}
	}
	for _, address := range addresses {
		if m.peers[address] == nil {
			m.peers[address] = &peer{sent: map[uint32]time.Time{}}
		}
		// Whoever came back with the same address has to be greeted as if new.
		m.peers[address].next = time.Time{}
	}
}

// Way to a peer.
func (m *Mesh) Way(address netip.Addr) Way {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.peers[address]; known != nil {
		return known.way
	}
	return Way{}
}

// Relay sends a whole IP packet to every peer. Packets that are too long are dropped, as a network would.
func (m *Mesh) Relay(packet []byte) {
	if len(packet) > MaxRelay {
		return
	}
	out := append([]byte{magic >> 8, magic & 0xff, kindRelay}, packet...)
	m.mu.Lock()
	defer m.mu.Unlock()
	for address := range m.peers {
		m.send(address, out)
	}
}

func (m *Mesh) send(to netip.Addr, packet []byte) {
	// What cannot be sent is lost, as on any network.
	_, _ = m.socket.WriteTo(packet, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, Port)))
}

func (m *Mesh) read() {
	defer m.running.Done()
	buffer := make([]byte, 2048)
	for {
		n, from, err := m.socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		m.take(lan.AddrPort(from), buffer[:n])
	}
}

func (m *Mesh) take(from netip.AddrPort, packet []byte) {
	if len(packet) < header || binary.BigEndian.Uint16(packet) != magic || from.Port() != Port {
		return
	}
	m.mu.Lock()
	known := m.peers[from.Addr()]
	if known == nil {
		m.mu.Unlock()
		m.unknown()
		return
	}
	switch kind := packet[2]; {
	case kind == kindHello && len(packet) == helloSize:
		packet[2] = kindReply
		m.send(from.Addr(), packet)
	case kind == kindReply && len(packet) == helloSize:
		known.answered(binary.BigEndian.Uint32(packet[header:]), time.Now())
	}
	m.mu.Unlock()
	if packet[2] == kindRelay {
		m.relayed(from.Addr(), packet[header:])
	}
}

func (p *peer) answered(number uint32, now time.Time) {
	sent, ok := p.sent[number]
	if !ok {
		return
	}
	delete(p.sent, number)
	rtt := now.Sub(sent)
	p.heard = now
	if !p.way.Greeted {
		p.way = Way{Greeted: true, RTT: rtt}
		// What was sent before the way was open says nothing about it.
		clear(p.sent)
		p.outcome = nil
		p.next = now.Add(measureInterval)
	}
	p.way.RTT = (p.way.RTT*3 + rtt) / 4
	p.count(true)
}

func (p *peer) count(arrived bool) {
	p.outcome = append(p.outcome, arrived)
	if len(p.outcome) > window {
		p.outcome = p.outcome[1:]
	}
	lost := 0
	for _, ok := range p.outcome {
		if !ok {
			lost++
		}
	}
	p.way.Loss = float64(lost) / float64(len(p.outcome))
}

// greet sends what is due.
func (m *Mesh) greet() {
	defer m.running.Done()
	tick := time.NewTicker(greetingInterval / 2)
	defer tick.Stop()
	for {
		select {
		case <-m.done:
			return
		case now := <-tick.C:
			m.mu.Lock()
			for address, known := range m.peers {
				if packet := known.due(now); packet != nil {
					m.send(address, packet)
				}
			}
			m.mu.Unlock()
		}
	}
}

// due is the next hello if it is time for one.
func (p *peer) due(now time.Time) []byte {
	for number, sent := range p.sent {
		if now.Sub(sent) > 2*time.Second {
			delete(p.sent, number)
			if p.way.Greeted {
				p.count(false)
			}
		}
	}
	if now.Before(p.next) {
		return nil
	}
	p.tries++
	pause := measureInterval
	switch {
	case !p.way.Greeted && p.tries < greetings:
		pause = greetingInterval
	case now.Sub(p.heard) > 2*time.Second:
		pause = time.Second
	}
	p.next = now.Add(pause)
	p.number++
	p.sent[p.number] = now
	packet := []byte{magic >> 8, magic & 0xff, kindHello, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(packet[header:], p.number)
	return packet
}

// Close ends both threads.
func (m *Mesh) Close() error {
	close(m.done)
	err := m.socket.Close()
	m.running.Wait()
	return err
}
