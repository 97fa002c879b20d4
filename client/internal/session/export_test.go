package session

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// DialForTest is what a peer that does not keep to the rules would do: no companion of the other side is asked.
func (s *Session) DialForTest(address string, port uint16) (net.Conn, error) {
	s.mu.Lock()
	opened := s.node
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	return opened.DialTCP(ctx, netip.AddrPortFrom(netip.MustParseAddr(address), port))
}

// KnowsForTest tells whether the control server has named the peer to this node.
func (s *Session) KnowsForTest(address string) bool {
	s.mu.Lock()
	opened := s.node
	s.mu.Unlock()
	paths, err := opened.Status(context.Background())
	_, ok := paths[netip.MustParseAddr(address)]
	return err == nil && ok
}
