//go:build !linux

package main

import (
	"errors"
	"io"

	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/lan/space"
	"github.com/netherlink/netherlink/client/internal/session"
)

var errNoSpace = errors.New("spaces exist on Linux alone")

func openDesk(config.Folder, *session.Session) (io.Closer, error) { return io.NopCloser(nil), nil }

func inSpace(config.Folder, space.Request, []string) error { return errNoSpace }

func spaceAvailable() error { return errNoSpace }

func hidden([]string) (int, bool) { return 0, false }
