package proxy

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// shareAddress lets the game bind the port beside us.
func shareAddress(_, _ string, raw syscall.RawConn) error {
	var inner error
	err := raw.Control(func(fd uintptr) {
		inner = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
	})
	return errors.Join(err, inner)
}
