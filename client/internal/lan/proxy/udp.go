package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/netherlink/netherlink/client/internal/lan"
)

// tunnelOf is our port in the virtual LAN, opened if need be; nil when that fails. The caller holds mu.
func (p *Proxy) tunnelOf(port uint16, fixed bool) *tunnel {
	if open := p.tunnels[port]; open != nil {
		open.used = time.Now()
		return open
	}
	if len(p.tunnels) >= most || p.closed {
		return nil
	}
	socket, err := p.Net.ListenUDP(port)
	if err != nil {
		p.problem(fmt.Sprintf("port %d of the virtual LAN cannot be opened: %v", port, err))
		return nil
	}
	open := &tunnel{socket: socket, used: time.Now(), fixed: fixed}
	p.tunnels[port] = open
	p.running.Add(1)
	go p.readTunnel(port, open)
	return open
}

// readTunnel takes what peers send to our port.
func (p *Proxy) readTunnel(port uint16, open *tunnel) {
	defer p.running.Done()
	buffer := make([]byte, mtu)
	for {
		n, from, err := open.socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		open.used = time.Now()
		p.deliver(lan.AddrPort(from), port, buffer[:n])
		p.mu.Unlock()
	}
}

// deliver hands a member's packet to this machine's port. The caller holds mu.
func (p *Proxy) deliver(from netip.AddrPort, port uint16, packet []byte) {
	if p.closed || !p.isMember(from.Addr()) {
		return
	}
	if standIn := p.standInOf(from, false); standIn != nil {
		_, _ = standIn.socket.WriteToUDPAddrPort(packet, netip.AddrPortFrom(thisMachine, port))
	}
}

// standInOf is the socket that stands for a peer's port. The caller holds mu.
func (p *Proxy) standInOf(peer netip.AddrPort, fixed bool) *stand {
	if open := p.standIns[peer]; open != nil {
		open.used = time.Now()
		return open
	}
	if len(p.standIns) >= most || p.closed {
		return nil
	}
	at := netip.AddrPortFrom(lan.StandIn(peer.Addr()), peer.Port())
	socket, err := listenShared(at)
	if err != nil {
		p.problem(fmt.Sprintf("%s is in use on this machine: a game that uses one port on both sides needs the modes space or tun", at))
		return nil
	}
	open := &stand{socket: socket, used: time.Now(), fixed: fixed}
	p.standIns[peer] = open
	p.running.Add(1)
	go p.readStandIn(peer, open)
	return open
}

// readStandIn takes what this machine's game sends to a peer.
func (p *Proxy) readStandIn(peer netip.AddrPort, open *stand) {
	defer p.running.Done()
	buffer := make([]byte, mtu)
	for {
		n, from, err := open.socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || p.isClosed(peer, open) {
				return
			}
			continue // nobody listened where an earlier packet went
		}
		from = lan.Plain(from)
		if lan.IsStandIn(from.Addr()) || !p.ours(from.Addr()) {
			continue
		}
		p.mu.Lock()
		open.used = time.Now()
		p.forward(from.Port(), peer, buffer[:n])
		p.mu.Unlock()
	}
}

func (p *Proxy) isClosed(peer netip.AddrPort, open *stand) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed || p.standIns[peer] != open
}

// forward sends a packet of the game to a member. The caller holds mu.
func (p *Proxy) forward(port uint16, to netip.AddrPort, packet []byte) {
	if p.closed || !p.isMember(to.Addr()) {
		return
	}
	if open := p.tunnelOf(port, false); open != nil {
		_, _ = open.socket.WriteTo(packet, net.UDPAddrFromAddrPort(to))
	}
}

// ours tells whether a packet came from this machine. The real network's players are not the room's.
func (p *Proxy) ours(address netip.Addr) bool {
	if address.IsLoopback() {
		return true
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, own := range addresses {
		if network, ok := own.(*net.IPNet); ok && network.IP.Equal(net.IP(address.AsSlice())) {
			return true
		}
	}
	return false
}

// Relayed takes a packet that a peer's companion copied from a TUN: an IPv4 packet to everyone.
func (p *Proxy) Relayed(from netip.Addr, packet []byte) {
	datagram, ok := lan.ParseUDP(packet)
	if !ok || datagram.From.Addr() != from || !lan.Everyone(datagram.To.Addr()) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.expects(datagram.To.Port()) {
		p.seen("in")
		p.deliver(datagram.From, datagram.To.Port(), datagram.Payload)
	}
}

// expects tells whether this machine's game may listen on the port: a tunnel that is fixed is a declared one.
func (p *Proxy) expects(port uint16) bool {
	open := p.tunnels[port]
	return open != nil && open.fixed
}

func (p *Proxy) seen(direction string) {
	if p.Seen != nil {
		p.Seen(direction)
	}
}
