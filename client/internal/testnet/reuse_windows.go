package testnet

import "golang.org/x/sys/windows"

func reuse(fd uintptr) {
	_ = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
}
