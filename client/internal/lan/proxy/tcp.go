package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

// inbound takes connections of members to declared ports of a game that is hosted here; all others are refused.
func (p *Proxy) inbound(from, to netip.AddrPort) func(net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !p.Hosts || !p.isMember(from.Addr()) || to.Addr() != p.Net.Self() || !games.Has(p.Game.TCP, to.Port()) {
		return nil
	}
	return func(remote net.Conn) { p.toGame(from, to.Port(), remote) }
}

// toGame connects a peer with this machine's game, which sees it come from the peer's stand-in.
func (p *Proxy) toGame(from netip.AddrPort, port uint16, remote net.Conn) {
	dialer := net.Dialer{Timeout: dialTime, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(lan.StandIn(from.Addr()), 0))}
	local, err := dialer.DialContext(p.alive, "tcp4", netip.AddrPortFrom(thisMachine, port).String())
	if err != nil {
		abort(remote)
		return
	}
	p.carry(from.Addr(), remote, local)
}

// acceptFor takes connections of this machine's game to a peer's port. The caller holds mu.
func (p *Proxy) acceptFor(peer netip.AddrPort) {
	if p.accepts[peer] != nil || len(p.accepts) >= most || p.closed {
		return
	}
	at := netip.AddrPortFrom(lan.StandIn(peer.Addr()), peer.Port())
	listener, err := net.Listen("tcp4", at.String())
	if err != nil {
		p.problem(fmt.Sprintf("%s is in use on this machine: the game has to reach the host at another address (modes space or tun)", at))
		return
	}
	p.accepts[peer] = listener
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		for {
			local, err := listener.Accept()
			if err != nil {
				return
			}
			p.running.Add(1)
			go func() {
				defer p.running.Done()
				p.toPeer(peer, local)
			}()
		}
	}()
}

func (p *Proxy) toPeer(peer netip.AddrPort, local net.Conn) {
	if from := lan.AddrPort(local.RemoteAddr()); lan.IsStandIn(from.Addr()) || !p.ours(from.Addr()) {
		abort(local)
		return
	}
	ctx, cancel := context.WithTimeout(p.alive, dialTime)
	defer cancel()
	remote, err := p.Net.DialTCP(ctx, peer)
	if err != nil {
		abort(local)
		return
	}
	p.carry(peer.Addr(), remote, local)
}

// carry copies both ways until both sides have ended, or SetMembers or Close cut it.
func (p *Proxy) carry(peer netip.Addr, remote, local net.Conn) {
	carried := &flow{peer: peer, a: remote, b: local}
	p.mu.Lock()
	if p.closed || !p.isMember(peer) || len(p.flows) >= most {
		p.mu.Unlock()
		abort(remote)
		abort(local)
		return
	}
	p.flows[carried] = struct{}{}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); pour(remote, local) }()
	go func() { defer both.Done(); pour(local, remote) }()
	both.Wait()
	remote.Close()
	local.Close()
	p.mu.Lock()
	delete(p.flows, carried)
	p.mu.Unlock()
}

// pour copies one way and passes the end on; an error ends both ways.
func pour(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		abort(to)
		abort(from)
		return
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// abort ends a connection so that the game notices at once.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}
