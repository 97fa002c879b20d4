package ifconfig

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"

	"github.com/tailscale/wireguard-go/tun"
)

// System makes a device of the machine's own network; that needs administrator rights.
func System() (tun.Device, error) { return tun.CreateTUN("utun", MTU) }

// Configure gives the device its address in the virtual LAN, and routes for the LAN and whatever else is asked for. It may be
// called again with another address.
func Configure(name string, address netip.Addr, routes []netip.Prefix) error {
	own := address.String()
	if err := run("ifconfig", name, "inet", own, own, "netmask", "255.192.0.0", "mtu", strconv.Itoa(MTU), "up"); err != nil {
		return err
	}
	for _, route := range append([]netip.Prefix{netip.MustParsePrefix("100.64.0.0/10")}, routes...) {
		// One that is there already is taken away first: it may lead elsewhere.
		_ = exec.Command("route", "-q", "-n", "delete", "-net", route.String(), "-interface", name).Run()
		if err := run("route", "-q", "-n", "add", "-net", route.String(), "-interface", name); err != nil {
			return err
		}
	}
	return nil
}

func run(program string, args ...string) error {
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w %s", program, args, err, out)
	}
	return nil
}
