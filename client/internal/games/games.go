// Package games knows which ports a game uses and how its players find each other.
package games

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/netherlink/netherlink/client/internal/config"
)

//go:embed games.json
var builtIn []byte

// Who sends the packets of a discovery.
const (
	FromJoiner = "joiner" // players look for hosts: most games
	FromHost   = "host"   // hosts announce themselves: Minecraft
)

// Discovery is one way of finding each other: packets to a port, to everybody or to a multicast group.
type Discovery struct {
	Port  uint16 `json:"port"`
	Group string `json:"group,omitempty"` // empty: broadcast
	From  string `json:"from"`
}

// Ports is one port or a range: 27015 or "27015-27020" in JSON.
type Ports struct{ First, Last uint16 }

// Profile is one game.
type Profile struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Aliases   []string    `json:"aliases,omitempty"`
	UDP       []Ports     `json:"udp,omitempty"`
	TCP       []Ports     `json:"tcp,omitempty"`
	Discovery []Discovery `json:"discovery,omitempty"`
	// SamePort: a player's game binds the same port as a host's. On Linux that needs the modes space or tun.
	SamePort bool `json:"same_port,omitempty"`
	// EveryoneHosts: peer to peer, each player's ports are open.
	EveryoneHosts bool   `json:"everyone_hosts,omitempty"`
	Note          string `json:"note,omitempty"`
	Source        string `json:"source,omitempty"`
}

var id = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// UnmarshalJSON reads 80 or "80-90".
func (p *Ports) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	if json.Unmarshal([]byte(first), &p.First) != nil || json.Unmarshal([]byte(last), &p.Last) != nil {
		return fmt.Errorf("%s is neither a port nor a range of ports", raw)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p Ports) MarshalJSON() ([]byte, error) {
	if p.First == p.Last {
		return json.Marshal(p.First)
	}
	return json.Marshal(fmt.Sprintf("%d-%d", p.First, p.Last))
}

// Has tells whether one of the ranges holds the port.
func Has(ranges []Ports, port uint16) bool {
	return slices.ContainsFunc(ranges, func(p Ports) bool { return p.First <= port && port <= p.Last })
}

// Each lists all ports of the ranges.
func Each(ranges []Ports) []uint16 {
	var all []uint16
	for _, p := range ranges {
		for port := int(p.First); port <= int(p.Last); port++ {
			all = append(all, uint16(port))
		}
	}
	return all
}

// most ports that one profile may open for each protocol: more is a mistake, or an open machine.
const most = 64

// Validate says what is wrong with a profile.
func (g Profile) Validate() error {
	if !id.MatchString(g.ID) {
		return fmt.Errorf("%q: an id has lower-case letters, digits and dashes", g.ID)
	}
	if g.Name == "" {
		return fmt.Errorf("%s: no name", g.ID)
	}
	if len(g.UDP)+len(g.TCP) == 0 {
		return fmt.Errorf("%s: no ports", g.ID)
	}
	for _, ranges := range [][]Ports{g.UDP, g.TCP} {
		for _, p := range ranges {
			if p.First == 0 || p.Last < p.First || len(Each(ranges)) > most {
				return fmt.Errorf("%s: %d-%d is no range of ports, or there are more than %d", g.ID, p.First, p.Last, most)
			}
		}
	}
	for _, d := range g.Discovery {
		if d.Port == 0 || (d.From != FromJoiner && d.From != FromHost) {
			return fmt.Errorf("%s: a discovery has a port, and \"from\" is joiner or host", g.ID)
		}
		if group, err := netip.ParseAddr(d.Group); d.Group != "" && (err != nil || !group.Is4() || !group.IsMulticast()) {
			return fmt.Errorf("%s: %s is no IPv4 multicast group", g.ID, d.Group)
		}
		if !Has(g.UDP, d.Port) {
			return fmt.Errorf("%s: port %d of its discovery is not among its UDP ports", g.ID, d.Port)
		}
	}
	return nil
}

// List is all known games, by id.
type List struct{ all []Profile }

// Load reads the built-in list, and over it the user's own file; a profile there replaces one of the same id.
func Load(folder config.Folder) (List, error) {
	list, err := parse(builtIn)
	if err != nil {
		return list, err
	}
	raw, err := os.ReadFile(folder.File("games.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return list, err
	}
	own, err := parse(raw)
	if err != nil {
		return list, fmt.Errorf("%s: %w", folder.File("games.json"), err)
	}
	for _, profile := range own.all {
		list.put(profile)
	}
	return list, nil
}

func parse(raw []byte) (List, error) {
	var list List
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list.all); err != nil {
		return list, err
	}
	seen := map[string]bool{}
	for _, profile := range list.all {
		if err := profile.Validate(); err != nil {
			return list, err
		}
		if seen[profile.ID] {
			return list, fmt.Errorf("%s is there twice", profile.ID)
		}
		seen[profile.ID] = true
	}
	return list, nil
}

func (l *List) put(profile Profile) {
	for i := range l.all {
		if l.all[i].ID == profile.ID {
			l.all[i] = profile
			return
		}
	}
	l.all = append(l.all, profile)
}

// All is every game, in the order of names.
func (l List) All() []Profile {
	sorted := slices.Clone(l.all)
	slices.SortFunc(sorted, func(a, b Profile) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return sorted
}

// Find takes an id, a name or an alias, in any case.
func (l List) Find(name string) (Profile, bool) {
	for _, profile := range l.all {
		if strings.EqualFold(profile.ID, name) || strings.EqualFold(profile.Name, name) ||
			slices.ContainsFunc(profile.Aliases, func(alias string) bool { return strings.EqualFold(alias, name) }) {
			return profile, true
		}
	}
	return Profile{}, false
}

// Keep adds a profile to the user's own file, or replaces the one of the same id there.
func Keep(folder config.Folder, profile Profile) error {
	if err := profile.Validate(); err != nil {
		return err
	}
	var own List
	raw, err := os.ReadFile(folder.File("games.json"))
	if err == nil {
		own, err = parse(raw)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	own.put(profile)
	return config.WriteJSON(folder.File("games.json"), own.all)
}
