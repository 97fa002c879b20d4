package tunnel

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/netherlink/netherlink/client/internal/lan"
)

const (
	mostFlows = 8192
	udpIdle   = 2 * time.Minute
	tcpIdle   = 2 * time.Hour
)

// key is what this machine's port was used for. UDP: the other side's port is 0, because hosts answer from other ports; its
// address is invalid after a packet to everyone, which anyone may answer.
type key struct {
	tcp   bool
	local uint16
	other netip.AddrPort
}

type flow struct {
	used time.Time
	self netip.Addr
	next uint32 // of TCP: the number that this machine expects next
}

// flows is what this machine began, and the connections it takes part in.
type flows map[key]*flow

// sent remembers a packet that leaves.
func (f flows) sent(packet lan.Packet, raw []byte) {
	if packet.Fragment || !packet.UDP() && !packet.TCP() {
		return
	}
	k := key{tcp: packet.TCP(), local: packet.From.Port(), other: packet.To}
	if packet.UDP() {
		k.other = netip.AddrPortFrom(packet.To.Addr(), 0)
		if lan.Everyone(packet.To.Addr()) {
			k.other = netip.AddrPort{}
		}
	}
	known := f[k]
	if known == nil {
		if len(f) >= mostFlows {
			f.forgetOld()
		}
		if len(f) >= mostFlows {
			return
		}
		known = &flow{self: packet.From.Addr()}
		f[k] = known
	}
	known.used = time.Now()
	if packet.TCP() {
		header := raw[int(raw[0]&15)*4:]
		if header[13]&0x10 != 0 { // ACK
			known.next = binary.BigEndian.Uint32(header[8:])
		}
	}
}

// answers tells whether a packet that arrives belongs to what this machine has sent.
func (f flows) answers(packet lan.Packet) bool {
	if packet.TCP() {
		return !packet.SYN && f.fresh(key{tcp: true, local: packet.To.Port(), other: packet.From}, tcpIdle)
	}
	if !packet.UDP() {
		return false
	}
	local := packet.To.Port()
	return f.fresh(key{local: local, other: netip.AddrPortFrom(packet.From.Addr(), 0)}, udpIdle) || f.fresh(key{local: local}, udpIdle)
}

func (f flows) fresh(k key, idle time.Duration) bool {
	known := f[k]
	return known != nil && time.Since(known.used) < idle
}

func (f flows) forgetOld() {
	for k, known := range f {
		if idle := time.Since(known.used); idle > tcpIdle || !k.tcp && idle > udpIdle {
			delete(f, k)
		}
	}
}

// cut forgets the flows with some addresses, and answers the packets that reset their connections on this machine.
func (f flows) cut(gone func(netip.Addr) bool) [][]byte {
	var resets [][]byte
	for k, known := range f {
		if !k.other.IsValid() || !gone(k.other.Addr()) {
			continue
		}
		if k.tcp {
			resets = append(resets, reset(k.other, netip.AddrPortFrom(known.self, k.local), known.next))
		}
		delete(f, k)
	}
	return resets
}

// reset is a TCP packet that ends a connection.
func reset(from, to netip.AddrPort, number uint32) []byte {
	packet := make([]byte, 40)
	packet[0], packet[8], packet[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	source, target := from.Addr().As4(), to.Addr().As4()
	copy(packet[12:], source[:])
	copy(packet[16:], target[:])
	binary.BigEndian.PutUint16(packet[10:], ^sum(packet[:20], 0))
	tcp := packet[20:]
	binary.BigEndian.PutUint16(tcp, from.Port())
	binary.BigEndian.PutUint16(tcp[2:], to.Port())
	binary.BigEndian.PutUint32(tcp[4:], number)
	tcp[12], tcp[13] = 5<<4, 0x04 // no options; RST
	pseudo := sum(packet[12:20], uint32(6+len(tcp)))
	binary.BigEndian.PutUint16(tcp[16:], ^sum(tcp, uint32(pseudo)))
	return packet
}

// sum is the Internet's checksum, not yet inverted.
func sum(data []byte, total uint32) uint16 {
	for i := 0; i+1 < len(data); i += 2 {
		total += uint32(binary.BigEndian.Uint16(data[i:]))
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}
