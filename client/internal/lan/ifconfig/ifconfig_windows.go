package ifconfig

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"

	"github.com/tailscale/wireguard-go/tun"
)

// System makes a device of the machine's own network; that needs administrator rights, and wintun.dll beside this program.
func System() (tun.Device, error) { return tun.CreateTUN("NetherLink", MTU) }

// Configure gives the device its address in the virtual LAN, and routes for the LAN and whatever else is asked for. It may be
// called again with another address.
func Configure(name string, address netip.Addr, routes []netip.Prefix) error {
	steps := [][]string{
		{"interface", "ipv4", "set", "address", "name=" + name, "source=static", "address=" + address.String(), "mask=255.192.0.0"},
		// The lowest metric: Windows sends broadcasts on one interface alone, the one with the best route.
		{"interface", "ipv4", "set", "interface", name, "metric=1"},
		{"interface", "ipv4", "set", "subinterface", name, "mtu=" + strconv.Itoa(MTU), "store=active"},
	}
	for _, step := range steps {
		if err := run(step...); err != nil {
			return err
		}
	}
	for _, route := range routes {
		// One that is there already is taken away first: it may lead elsewhere.
		_ = run("interface", "ipv4", "delete", "route", route.String(), name)
		if err := run("interface", "ipv4", "add", "route", route.String(), name, "metric=1", "store=active"); err != nil {
			return err
		}
	}
	return nil
}

func run(args ...string) error {
	if out, err := exec.Command("netsh", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("netsh %v: %w %s", args, err, out)
	}
	return nil
}
