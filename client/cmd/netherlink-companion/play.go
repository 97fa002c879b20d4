package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"

	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/control"
	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan/space"
	"github.com/netherlink/netherlink/client/internal/session"
)

var errNotRunning = control.ErrNotRunning

// choice of who hosts: nil, the room's owner does.
type choice struct{ host *bool }

func (c *choice) flags(flags *flag.FlagSet) {
	take := func(value bool) func(string) error {
		return func(string) error { c.host = &value; return nil }
	}
	flags.BoolFunc("host", "", take(true))
	flags.BoolFunc("guest", "", take(false))
}

func play(ctx context.Context, folder config.Folder, args []string) error {
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	mode := flags.String("mode", "", "")
	var who choice
	who.flags(flags)
	words, command, err := parse(flags, args)
	if err != nil || len(words) != 1 {
		return errUsage
	}
	list, err := games.Load(folder)
	if err != nil {
		return err
	}
	game, known := list.Find(words[0])
	if !known {
		return fmt.Errorf("no game is called %q: netherlink-companion games lists them, learn adds one", words[0])
	}
	var now session.Status
	if err := control.Call(ctx, folder, "GET", "/v1/status", nil, &now); err != nil {
		return err
	}
	switch chosen, err := choose(*mode, command, spaceAvailable); {
	case err != nil:
		return err
	case chosen == session.ModeSpace:
		return inSpace(folder, space.Request{Game: game.ID, Host: who.host}, command)
	default:
		return openPorts(ctx, folder, chosen, game, who.host, command)
	}
}

// choose the mode: what was asked for, or the best that works.
func choose(mode string, command []string, available func() error) (string, error) {
	switch mode {
	case "":
		if len(command) > 0 && available() == nil {
			return session.ModeSpace, nil
		}
		return session.ModeProxy, nil
	case session.ModeSpace:
		if len(command) == 0 {
			return "", errors.New("a space needs the command that starts the game: play GAME --mode space -- COMMAND")
		}
		return mode, available()
	case session.ModeProxy, session.ModeTUN:
		return mode, nil
	}
	return "", fmt.Errorf("%w: the modes are proxy, space and tun", errUsage)
}

// openPorts opens the game's ports to the room, and runs the command, if any, beside.
func openPorts(ctx context.Context, folder config.Folder, mode string, game games.Profile, host *bool, command []string) error {
	body := map[string]any{"game": game.ID, "mode": mode}
	if host != nil {
		body["host"] = *host
	}
	var started session.Play
	if err := control.Call(ctx, folder, "POST", "/v1/play", body, &started); err != nil {
		return err
	}
	role := "you are a guest; --host if you host"
	if started.Hosts {
		role = "you host; --guest if you do not"
	}
	fmt.Printf("%s is open to the room (mode %s; %s).\n", game.Name, started.Mode, role)
	if game.Note != "" {
		fmt.Println(game.Note)
	}
	if len(command) == 0 {
		return nil
	}
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	err = errors.Join(err, control.Call(context.WithoutCancel(ctx), folder, "POST", "/v1/stop", nil, nil))
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return exitStatus(max(ended.ExitCode(), 1))
	}
	return err
}

func learn(ctx context.Context, folder config.Folder, args []string) error {
	flags := flag.NewFlagSet("learn", flag.ContinueOnError)
	name := flags.String("name", "", "")
	var who choice
	who.flags(flags)
	words, command, err := parse(flags, args)
	if err != nil || len(words) != 1 || len(command) == 0 {
		return errUsage
	}
	if *name == "" {
		*name = words[0]
	}
	if err := spaceAvailable(); err != nil {
		return err
	}
	err = inSpace(folder, space.Request{Host: who.host, Learn: true}, command)
	var ended exitStatus
	if err != nil && !errors.As(err, &ended) {
		return err
	}
	var profile games.Profile
	if err := control.Call(ctx, folder, "POST", "/v1/learned", map[string]string{"id": words[0], "name": *name}, &profile); err != nil {
		return err
	}
	fmt.Printf("Kept as %s in %s: UDP %s, TCP %s, found by %s.\n", profile.ID, folder.File("games.json"), ports(profile.UDP),
		ports(profile.TCP), foundBy(profile))
	return nil
}
