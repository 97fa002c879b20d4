//go:build unix

package proxy

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// shareAddress lets the game bind the port beside us.
func shareAddress(_, _ string, raw syscall.RawConn) error {
	var inner error
	err := raw.Control(func(fd uintptr) { inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) })
	return errors.Join(err, inner)
}
