package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/net/ipv4"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

// listenShared binds a UDP port that the game may bind too, if it shares.
func listenShared(at netip.AddrPort) (*net.UDPConn, error) {
	config := net.ListenConfig{Control: shareAddress}
	socket, err := config.ListenPacket(context.Background(), "udp4", at.String())
	if err != nil {
		return nil, err
	}
	return socket.(*net.UDPConn), nil
}

// captureAll opens the sockets that the game's own broadcasts come back to. A host's own port is left alone: its game
// needs it, and so are the ports on which players wait for announcements. The caller holds mu.
func (p *Proxy) captureAll() {
	for _, discovery := range p.Game.Discovery {
		from := games.FromJoiner
		if p.Hosts {
			from = games.FromHost
		}
		if discovery.From != from {
			continue
		}
		if err := p.capture(discovery); err != nil {
			p.problem(fmt.Sprintf("port %d is in use on this machine, so that what the game sends to everyone is not seen: %v",
				discovery.Port, err))
		}
	}
}

func (p *Proxy) capture(discovery games.Discovery) error {
	for _, open := range p.captures {
		if lan.AddrPort(open.LocalAddr()).Port() == discovery.Port {
			return joinGroup(open, discovery.Group)
		}
	}
	socket, err := listenShared(netip.AddrPortFrom(netip.IPv4Unspecified(), discovery.Port))
	if err != nil {
		return err
	}
	if err := joinGroup(socket, discovery.Group); err != nil {
		socket.Close()
		return err
	}
	p.captures = append(p.captures, socket)
	p.running.Add(1)
	go p.readCapture(discovery.Port, socket)
	return nil
}

// joinGroup on every interface: which one the game sends on is the system's choice.
func joinGroup(socket net.PacketConn, group string) error {
	if group == "" {
		return nil
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	joined := false
	packets := ipv4.NewPacketConn(socket)
	for i := range interfaces {
		if interfaces[i].Flags&net.FlagUp == 0 {
			continue
		}
		err = packets.JoinGroup(&interfaces[i], &net.UDPAddr{IP: net.ParseIP(group)})
		joined = joined || err == nil
	}
	if joined {
		return nil
	}
	return err
}

func (p *Proxy) readCapture(port uint16, socket *net.UDPConn) {
	defer p.running.Done()
	buffer := make([]byte, mtu)
	for {
		n, from, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			p.mu.Lock()
			closed := p.closed
			p.mu.Unlock()
			if closed {
				return
			}
			continue
		}
		from = lan.Plain(from)
		// What we delivered ourselves comes from a stand-in: sent on, two players would echo for ever.
		if lan.IsStandIn(from.Addr()) || !p.ours(from.Addr()) {
			continue
		}
		p.mu.Lock()
		p.seen("out")
		for _, member := range p.members {
			p.forward(from.Port(), netip.AddrPortFrom(member, port), buffer[:n])
		}
		p.mu.Unlock()
	}
}
