package ifconfig

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"unsafe"

	"github.com/tailscale/wireguard-go/tun"
	"golang.org/x/sys/unix"
)

// Open makes a TUN device, or takes the one of that name.
func Open(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("making the device %s: %w", name, err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "/dev/net/tun"), nil
}

// rtentry is the kernel's, for SIOCADDRT.
type rtentry struct {
	_               uintptr
	destination     unix.RawSockaddrInet4
	gateway         unix.RawSockaddrInet4
	mask            unix.RawSockaddrInet4
	flags           uint16
	_               int16
	_               uint64
	_               uintptr
	metric          int16
	device          *byte
	mtu, window     uint64
	initialRoundTTL uint16
}

// Configure gives the device its address in the virtual LAN, and routes for the LAN and whatever else is asked for. It may be
// called again with another address.
func Configure(name string, address netip.Addr, routes []netip.Prefix) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	own, mask := address.As4(), [4]byte{255, 192, 0, 0}
	steps := []struct {
		what string
		call uint
		set  func(*unix.Ifreq) error
	}{
		{"address", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(own[:]) }},
		{"mask", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr(mask[:]) }},
		{"MTU", unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(MTU); return nil }},
	}
	for _, step := range steps {
		request, err := unix.NewIfreq(name)
		if err == nil {
			err = step.set(request)
		}
		if err == nil {
			err = unix.IoctlIfreq(socket, step.call, request)
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", step.what, name, err)
		}
	}
	if err := Up(name); err != nil {
		return err
	}
	for _, route := range routes {
		if err := addRoute(socket, name, route); err != nil {
			return fmt.Errorf("route to %s: %w", route, err)
		}
	}
	return nil
}

func inet(address netip.Addr) unix.RawSockaddrInet4 {
	return unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: address.As4()}
}

func addRoute(socket int, name string, to netip.Prefix) error {
	device, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], ^uint32(0)<<(32-to.Bits()))
	entry := rtentry{
		destination: inet(to.Addr()), gateway: inet(netip.IPv4Unspecified()), mask: inet(netip.AddrFrom4(mask)),
		flags: unix.RTF_UP, device: device,
	}
	if to.Bits() == 32 {
		entry.flags |= unix.RTF_HOST
	}
	_, _, code := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCADDRT, uintptr(unsafe.Pointer(&entry)))
	if code != 0 && code != unix.EEXIST {
		return code
	}
	return nil
}

// Up switches an interface on, such as a new namespace's loopback.
func Up(name string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("flags of %s: %w", name, err)
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_MULTICAST)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

// System makes a device of the machine's own network; that needs administrator rights.
func System() (tun.Device, error) { return tun.CreateTUN("netherlink%d", MTU) }
