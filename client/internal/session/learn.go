package session

import (
	"fmt"
	"slices"
	"sync"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan"
)

// observed is what a game did while it was watched.
type observed struct {
	hosts bool

	mu        sync.Mutex
	udp, tcp  map[uint16]int
	discovery map[games.Discovery]int
}

func newObserved(hosts bool) *observed {
	return &observed{hosts: hosts, udp: map[uint16]int{}, tcp: map[uint16]int{}, discovery: map[games.Discovery]int{}}
}

// packet is called with each packet between the game and the room. The host's ports are those that a guest's packets go to.
func (o *observed) packet(packet lan.Packet, inbound bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	from, to := packet.From.Port(), packet.To.Port()
	if lan.Everyone(packet.To.Addr()) {
		// A host that speaks to everyone announces itself; a guest asks.
		asker := games.FromJoiner
		if o.hosts != inbound {
			asker = games.FromHost
		}
		found := games.Discovery{Port: to, From: asker}
		if packet.To.Addr().IsMulticast() {
			found.Group = packet.To.Addr().String()
		}
		o.discovery[found]++
		o.udp[to]++
		return
	}
	fromHost := o.hosts != inbound
	port := to
	if fromHost {
		port = from
	}
	if packet.TCP() && packet.SYN && !fromHost {
		o.tcp[port]++
	}
	if packet.UDP() && !fromHost && len(o.udp) < 1024 {
		o.udp[port]++
	}
}

// profile says what was seen as a profile.
func (o *observed) profile(id, name string) (games.Profile, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	profile := games.Profile{ID: id, Name: name, UDP: rangesOf(o.udp), TCP: rangesOf(o.tcp), Note: "Learned."}
	for found := range o.discovery {
		profile.Discovery = append(profile.Discovery, found)
	}
	slices.SortFunc(profile.Discovery, func(a, b games.Discovery) int { return int(a.Port) - int(b.Port) })
	if len(profile.UDP)+len(profile.TCP) == 0 {
		return profile, fmt.Errorf("the game has sent nothing to the room: open its LAN list, or join the host, while it is watched")
	}
	return profile, profile.Validate()
}

// rangesOf joins neighbours.
func rangesOf(seen map[uint16]int) []games.Ports {
	var ports []uint16
	for port := range seen {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	var ranges []games.Ports
	for _, port := range ports {
		if last := len(ranges) - 1; last >= 0 && ranges[last].Last+1 == port {
			ranges[last].Last = port
		} else {
			ranges = append(ranges, games.Ports{First: port, Last: port})
		}
	}
	return ranges
}
