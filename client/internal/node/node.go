// Package node is the companion's place in the virtual LAN: one tsnet node per account and device.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/tailscale/wireguard-go/tun"
	"tailscale.com/envknob"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/net/netns"
	"tailscale.com/tailcfg"
	"tailscale.com/tsnet"
)

// Options of a node. Key is used once and never logged.
type Options struct {
	Folder     string
	Name       string
	ControlURL string
	Key        string
	// Device carries the packets of a TUN; nil keeps everything inside this process.
	Device tun.Device
}

// Node is up between Open and Close.
type Node struct {
	server *tsnet.Server
	self   netip.Addr
}

var setUp sync.Once

// prepare sets what tailscale reads from its environment, before the first node. Nothing is uploaded to anybody.
func prepare() {
	setUp.Do(func() {
		envknob.SetNoLogsNoSupport()
		if os.Getenv("NETHERLINK_COMPANION_LOOPBACK") != "" {
			// Control server and relay on this machine: without a route of their own they are reached as any other address.
			netns.SetEnabled(false)
		}
	})
}

// Open brings a node up. The error of a refused key says why.
func Open(ctx context.Context, options Options) (*Node, error) {
	prepare()
	if err := os.MkdirAll(options.Folder, 0o700); err != nil {
		return nil, err
	}
	server := &tsnet.Server{
		Dir: options.Folder, Hostname: options.Name, ControlURL: options.ControlURL, AuthKey: options.Key,
		Ephemeral: true, Tun: options.Device,
		UserLogf: func(string, ...any) {}, // it would name addresses and login links
	}
	if os.Getenv("NETHERLINK_COMPANION_TRACE") != "" {
		server.Logf = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	}
	if _, err := server.Up(ctx); err != nil {
		server.Close()
		return nil, fmt.Errorf("entering the virtual LAN: %w", err)
	}
	self, _ := server.TailscaleIPs()
	return &Node{server: server, self: self}, nil
}

// Self is the node's own address.
func (n *Node) Self() netip.Addr { return n.self }

// ListenUDP takes a port of the node's address.
func (n *Node) ListenUDP(port uint16) (net.PacketConn, error) {
	return n.server.ListenPacket("udp4", netip.AddrPortFrom(n.self, port).String())
}

// DialTCP reaches a peer, and nothing but a peer: tsnet's own Dial would go on over this machine's network when the
// address belongs to no peer just then.
func (n *Node) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if !n.knows(to.Addr()) {
		return nil, fmt.Errorf("%s is not in the virtual LAN", to.Addr())
	}
	return n.server.Sys().Dialer.Get().NetstackDialTCP(ctx, to)
}

func (n *Node) knows(address netip.Addr) bool {
	status, err := n.Status(context.Background())
	if err != nil {
		return false
	}
	_, found := status[address]
	return found
}

// HandleTCP is asked for each connection that comes in; nil refuses it. The returned function ends the handling.
func (n *Node) HandleTCP(handler func(from, to netip.AddrPort) func(net.Conn)) func() {
	return n.server.RegisterFallbackTCPHandler(func(from, to netip.AddrPort) (func(net.Conn), bool) {
		return handler(from, to), true
	})
}

// Path is how a peer is reached just now.
type Path struct {
	Online bool
	Direct bool
	Relay  string
}

// Status is the paths to all peers that the control server names.
func (n *Node) Status(ctx context.Context) (map[netip.Addr]Path, error) {
	client, err := n.server.LocalClient()
	if err != nil {
		return nil, err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return nil, err
	}
	paths := make(map[netip.Addr]Path, len(status.Peer))
	for _, peer := range status.Peer {
		for _, address := range peer.TailscaleIPs {
			if address.Is4() {
				paths[address] = pathOf(peer)
			}
		}
	}
	return paths, nil
}

func pathOf(peer *ipnstate.PeerStatus) Path {
	return Path{Online: peer.Online, Direct: peer.CurAddr != "", Relay: peer.Relay}
}

// Ping is the time that the path below the tunnel takes.
func (n *Node) Ping(ctx context.Context, to netip.Addr) (time.Duration, error) {
	client, err := n.server.LocalClient()
	if err != nil {
		return 0, err
	}
	result, err := client.Ping(ctx, to, tailcfg.PingDisco)
	if err != nil {
		return 0, err
	}
	if result.Err != "" {
		return 0, errors.New(result.Err)
	}
	return time.Duration(result.LatencySeconds * float64(time.Second)), nil
}

// Close leaves the LAN: the control server forgets the node and its key is spent.
func (n *Node) Close() error { return n.server.Close() }
