package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/netherlink/netherlink/client/internal/config"
)

// register makes this program open netherlink:// links, for this user alone.
func register(_ context.Context, _ config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	switch runtime.GOOS {
	case "linux":
		err = registerLinux(program)
	case "windows":
		err = registerWindows(program)
	default:
		return errors.New("on this system links are opened by the desktop client")
	}
	if err == nil {
		fmt.Println("Links that begin with netherlink:// are opened by", program)
	}
	return err
}

const desktopEntry = `[Desktop Entry]
Type=Application
Name=NetherLink companion
Exec="%s" open %%u
Terminal=true
NoDisplay=true
MimeType=x-scheme-handler/netherlink;
`

func registerLinux(program string) error {
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		data = filepath.Join(home, ".local", "share")
	}
	const name = "netherlink-companion.desktop"
	folder := filepath.Join(data, "applications")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, name), fmt.Appendf(nil, desktopEntry, program), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command("xdg-mime", "default", name, "x-scheme-handler/netherlink").CombinedOutput(); err != nil {
		return fmt.Errorf("xdg-mime: %w %s", err, out)
	}
	return nil
}

func registerWindows(program string) error {
	const key = `HKCU\Software\Classes\netherlink`
	for _, args := range [][]string{
		{"add", key, "/ve", "/d", "URL:NetherLink", "/f"},
		{"add", key, "/v", "URL Protocol", "/d", "", "/f"},
		{"add", key + `\shell\open\command`, "/ve", "/d", `"` + program + `" open "%1"`, "/f"},
	} {
		if out, err := exec.Command("reg", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("reg: %w %s", err, out)
		}
	}
	return nil
}
