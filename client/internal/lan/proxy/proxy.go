// Package proxy carries a game's packets without any right: 127.b.c.d on this machine stands for the peer 100.b.c.d.
//
// Port numbers are the same on both sides: what peer:q sends to our port p reaches the game at 127.0.0.1:p and seems to
// come from 127.b.c.d:q; what the game sends there from its port p goes to peer:q, from our port p. A copy of the game's own
// broadcast comes back to a socket of ours, and goes on to the same port of each peer.
//
// Open to peers are the declared ports of the game, on machines that host it, and ports from which this machine's game
// has itself sent something into the virtual LAN; to members of the room alone.
package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

const (
	idle      = 2 * time.Minute // a learned port nobody uses is closed
	most      = 512             // sockets of each kind: more would be a scan, not a game
	mtu       = 65535
	sweepTime = 15 * time.Second
)

var thisMachine = netip.MustParseAddr("127.0.0.1")

// Options of a proxy.
type Options struct {
	Net  lan.Net
	Game games.Profile
	// Hosts: this machine's game waits for others on the game's ports.
	Hosts bool
	// Seen is told of each discovery packet that leaves or comes (for the doctor); may be nil.
	Seen func(direction string)
}

// Proxy runs between Start and Close.
type Proxy struct {
	Options
	stopTCP func()
	alive   context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	members  []netip.Addr
	tunnels  map[uint16]*tunnel        // by our port in the virtual LAN
	standIns map[netip.AddrPort]*stand // by the peer's address and port
	accepts  map[netip.AddrPort]net.Listener
	flows    map[*flow]struct{}
	captures []net.PacketConn
	problems []string
}

// tunnel is one of our ports in the virtual LAN.
type tunnel struct {
	socket net.PacketConn
	used   time.Time
	fixed  bool // declared: open as long as the game is active
}

// stand is a socket of this machine that stands for one port of a peer.
type stand struct {
	socket *net.UDPConn
	used   time.Time
	fixed  bool
}

// flow is one TCP connection that is carried.
type flow struct {
	peer netip.Addr
	a, b net.Conn
}

// Start opens what the game needs. Problems says what could not be opened.
func Start(options Options) *Proxy {
	p := &Proxy{
		Options: options, tunnels: map[uint16]*tunnel{}, standIns: map[netip.AddrPort]*stand{},
		accepts: map[netip.AddrPort]net.Listener{}, flows: map[*flow]struct{}{},
	}
	p.alive, p.end = context.WithCancel(context.Background())
	if p.Game.EveryoneHosts {
		p.Hosts = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Hosts {
		for _, port := range games.Each(p.Game.UDP) {
			p.tunnelOf(port, true)
		}
	} else {
		// Announcements of hosts arrive at players.
		for _, discovery := range p.Game.Discovery {
			if discovery.From == games.FromHost {
				p.tunnelOf(discovery.Port, true)
			}
		}
	}
	p.stopTCP = p.Net.HandleTCP(p.inbound)
	p.captureAll()
	p.running.Add(1)
	go p.sweep()
	return p
}

// Problems says in words what does not work.
func (p *Proxy) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

func (p *Proxy) problem(text string) {
	if !slices.Contains(p.problems, text) {
		p.problems = append(p.problems, text)
	}
}

// SetMembers replaces the peers that may reach the game. All that is open to those who are gone is closed at once: their
// flows would freeze without an error, and go on if they came back.
func (p *Proxy) SetMembers(members []netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	gone := func(address netip.Addr) bool { return !slices.Contains(members, address) }
	p.closeWhere(gone)
	p.members = slices.Clone(members)
	if p.Hosts && !p.Game.EveryoneHosts {
		return
	}
	for _, member := range members {
		for _, port := range games.Each(p.Game.UDP) {
			if !p.Hosts && !p.announces(port) {
				p.standInOf(netip.AddrPortFrom(member, port), true)
			}
		}
		for _, port := range games.Each(p.Game.TCP) {
			p.acceptFor(netip.AddrPortFrom(member, port))
		}
	}
}

// announces tells whether a port is used for announcements of hosts alone: players listen there themselves.
func (p *Proxy) announces(port uint16) bool {
	return slices.ContainsFunc(p.Game.Discovery, func(d games.Discovery) bool { return d.Port == port && d.From == games.FromHost })
}

func (p *Proxy) closeWhere(gone func(netip.Addr) bool) {
	for key, standIn := range p.standIns {
		if gone(key.Addr()) {
			standIn.socket.Close()
			delete(p.standIns, key)
		}
	}
	for key, listener := range p.accepts {
		if gone(key.Addr()) {
			listener.Close()
			delete(p.accepts, key)
		}
	}
	for carried := range p.flows {
		if gone(carried.peer) {
			abort(carried.a)
			abort(carried.b)
		}
	}
}

func (p *Proxy) isMember(address netip.Addr) bool { return slices.Contains(p.members, address) }

// sweep closes learned ports that nobody uses.
func (p *Proxy) sweep() {
	defer p.running.Done()
	tick := time.NewTicker(sweepTime)
	defer tick.Stop()
	for {
		select {
		case <-p.alive.Done():
			return
		case now := <-tick.C:
			p.mu.Lock()
			for port, open := range p.tunnels {
				if !open.fixed && now.Sub(open.used) > idle {
					open.socket.Close()
					delete(p.tunnels, port)
				}
			}
			for key, open := range p.standIns {
				if !open.fixed && now.Sub(open.used) > idle {
					open.socket.Close()
					delete(p.standIns, key)
				}
			}
			p.mu.Unlock()
		}
	}
}

// Close ends everything; connections of the game are reset.
func (p *Proxy) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.end()
	var errs []error
	for _, open := range p.tunnels {
		errs = append(errs, open.socket.Close())
	}
	for _, capture := range p.captures {
		errs = append(errs, capture.Close())
	}
	p.closeWhere(func(netip.Addr) bool { return true })
	p.mu.Unlock()
	p.stopTCP()
	p.running.Wait()
	return errors.Join(errs...)
}

// dialTime is how long a peer's game may take to accept.
const dialTime = 10 * time.Second
