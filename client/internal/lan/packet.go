package lan

import (
	"encoding/binary"
	"net/netip"
)

// Datagram is one UDP packet in IPv4. Payload points into the packet it was read from.
type Datagram struct {
	From, To netip.AddrPort
	Payload  []byte
}

const (
	udpHeader = 8
	ipUDP     = 17
	ipTCP     = 6
	ipICMP    = 1
)

// Packet is what is needed of an IPv4 packet's headers. Ports are 0 where there are none.
type Packet struct {
	Protocol byte
	From, To netip.AddrPort
	Fragment bool // not the first one: it has no ports
	SYN      bool // opens a TCP connection
}

// Parse reads the headers of an IPv4 packet; false for anything else and for what is cut.
func Parse(raw []byte) (Packet, bool) {
	if len(raw) < 20 || raw[0]>>4 != 4 {
		return Packet{}, false
	}
	length, total := int(raw[0]&15)*4, int(binary.BigEndian.Uint16(raw[2:]))
	if length < 20 || total < length || total > len(raw) {
		return Packet{}, false
	}
	packet := Packet{Protocol: raw[9], Fragment: binary.BigEndian.Uint16(raw[6:])&0x1fff != 0}
	from, to := netip.AddrFrom4([4]byte(raw[12:16])), netip.AddrFrom4([4]byte(raw[16:20]))
	var fromPort, toPort uint16
	body := raw[length:total]
	if !packet.Fragment && (packet.Protocol == ipUDP || packet.Protocol == ipTCP) {
		if len(body) < udpHeader || packet.Protocol == ipTCP && len(body) < 20 {
			return Packet{}, false
		}
		fromPort, toPort = binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])
		packet.SYN = packet.Protocol == ipTCP && body[13]&0x12 == 0x02
	}
	packet.From, packet.To = netip.AddrPortFrom(from, fromPort), netip.AddrPortFrom(to, toPort)
	return packet, true
}

// UDP, TCP and ICMP name the packet's protocol.
func (p Packet) UDP() bool  { return p.Protocol == ipUDP }
func (p Packet) TCP() bool  { return p.Protocol == ipTCP }
func (p Packet) ICMP() bool { return p.Protocol == ipICMP }

// ParseUDP reads a whole UDP packet in IPv4.
func ParseUDP(raw []byte) (Datagram, bool) {
	packet, ok := Parse(raw)
	if !ok || !packet.UDP() || packet.Fragment || raw[6]&0x20 != 0 {
		return Datagram{}, false
	}
	body := raw[int(raw[0]&15)*4 : binary.BigEndian.Uint16(raw[2:])]
	size := int(binary.BigEndian.Uint16(body[4:]))
	if size < udpHeader || size > len(body) {
		return Datagram{}, false
	}
	return Datagram{From: packet.From, To: packet.To, Payload: body[udpHeader:size]}, true
}
