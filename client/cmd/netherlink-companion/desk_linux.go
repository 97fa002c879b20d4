package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/tailscale/wireguard-go/tun"
	"golang.org/x/sys/unix"

	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/lan/space"
	"github.com/netherlink/netherlink/client/internal/session"
)

// deskPath is a Unix socket that only this user can reach. Its name must be short, which a folder of settings may not be.
func deskPath(folder config.Folder) string {
	if path := folder.File("desk"); len(path) < 100 {
		return path
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("netherlink-%d-%x", os.Getuid(), hash(folder.Path)), "desk")
}

// hash is FNV-1a.
func hash(text string) uint32 {
	value := uint32(2166136261)
	for _, b := range []byte(text) {
		value = (value ^ uint32(b)) * 16777619
	}
	return value
}

// openDesk takes the devices of spaces. Close ends it.
func openDesk(folder config.Folder, engine *session.Session) (io.Closer, error) {
	path := deskPath(folder)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// In a folder for everyone, one that another user has put there is not taken.
	var info unix.Stat_t
	if err := unix.Lstat(filepath.Dir(path), &info); err != nil || int(info.Uid) != os.Getuid() || info.Mode&0o077 != 0 {
		return nil, fmt.Errorf("%s is not this user's alone", filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			guest, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go func() {
				defer guest.Close()
				if err := receive(guest, engine); err != nil {
					_ = json.NewEncoder(guest).Encode(space.Reply{Error: err.Error()}) // it may have gone
				}
			}()
		}
	}()
	return listener, nil
}

// receive lets the node use a space's device until the space ends.
func receive(guest *net.UnixConn, engine *session.Session) error {
	request, descriptor, err := space.Receive(guest)
	if err != nil {
		return err
	}
	defer unix.Close(descriptor)
	var writing sync.Mutex
	link := &session.Link{
		Mode: session.ModeSpace,
		Open: func() (tun.Device, error) {
			copied, err := unix.FcntlInt(uintptr(descriptor), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				return nil, err
			}
			device, _, err := tun.CreateUnmonitoredTUNFromFD(copied)
			return device, err
		},
		Address: func(address netip.Addr) error {
			writing.Lock()
			defer writing.Unlock()
			return json.NewEncoder(guest).Encode(space.Reply{Address: address.String()})
		},
	}
	if err := engine.Attach(link, request.Game, request.Host, request.Learn); err != nil {
		return err
	}
	defer engine.Detach(link)
	// A space says nothing more: the end of the connection is the end of the space.
	if _, err := io.Copy(io.Discard, guest); err != nil {
		slog.Debug("a space has ended", "error", err)
	}
	return nil
}

// inSpace runs a command in a space of its own.
func inSpace(folder config.Folder, request space.Request, command []string) error {
	companion, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: deskPath(folder), Net: "unix"})
	if err != nil {
		return errNotRunning
	}
	defer companion.Close()
	code, err := space.Run(companion, request, command)
	if err == nil && code != 0 {
		err = exitStatus(code)
	}
	return err
}

// spaceAvailable says why there can be no space.
func spaceAvailable() error { return space.Available() }

// hidden is what this program is when it starts itself.
func hidden(args []string) (int, bool) {
	if len(args) > 1 && (args[1] == space.Argument || args[1] == space.Probe) {
		return space.First(args[1:]), true
	}
	return 0, false
}
