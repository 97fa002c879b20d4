package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/control"
	"github.com/netherlink/netherlink/client/internal/session"
)

func join(ctx context.Context, folder config.Folder, args []string) error {
	flags := flag.NewFlagSet("join", flag.ContinueOnError)
	password := flags.String("password", "", "")
	leaveOther := flags.Bool("leave-other", false, "")
	words, _, err := parse(flags, args)
	if err != nil || len(words) != 1 {
		return errUsage
	}
	body := map[string]any{"link": words[0], "password": *password, "leave_other": *leaveOther}
	var room api.Room
	err = control.Call(ctx, folder, "POST", "/v1/join", body, &room)
	if err == nil {
		fmt.Printf("You are in the room %q.\n", room.Name)
		return nil
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return err
	}
	return serve(ctx, folder, words[0], func(ctx context.Context, engine *session.Session) error {
		room, err := engine.Join(ctx, words[0], *password, *leaveOther)
		if err != nil {
			return err
		}
		fmt.Printf("You are in the room %q. In another terminal: netherlink-companion play GAME. Ctrl-C ends.\n", room.Name)
		return nil
	}, true)
}

func runAlone(ctx context.Context, folder config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	return serve(ctx, folder, "", func(context.Context, *session.Session) error { return nil }, false)
}

// serve runs the engine until it is told to end; with untilLeft also until the room is left. The page that made the link may
// ask where it is.
func serve(ctx context.Context, folder config.Folder, link string, begin func(context.Context, *session.Session) error, untilLeft bool) error {
	lock, err := folder.Lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	account, err := folder.Account()
	if errors.Is(err, fs.ErrNotExist) {
		return errNoAccount
	}
	if err != nil {
		return err
	}
	engine, err := session.New(folder, account, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	port, err := control.Serve(folder, engine, quit)
	if err != nil {
		return err
	}
	defer port.Close()
	port.Greet(link)
	desk, err := openDesk(folder, engine)
	if err != nil {
		return err
	}
	defer desk.Close()
	result := make(chan error, 1)
	go func() { result <- engine.Run(ctx) }()
	if err := begin(ctx, engine); err != nil {
		quit()
		return errors.Join(err, <-result)
	}
	if untilLeft {
		go watch(ctx, engine, quit)
	}
	return <-result
}

// watch prints what changes, and ends the companion when the room has been left.
func watch(ctx context.Context, engine *session.Session, quit func()) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	known := map[string]bool{}
	address := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := engine.Status(ctx)
		if now.Room == nil {
			fmt.Println("The room has been left.", now.Trouble)
			quit()
			return
		}
		if now.Address != "" && now.Address != address {
			address = now.Address
			fmt.Println("You are in the room's LAN with the address", address+".")
		}
		for _, peer := range now.Peers {
			if peer.Reached && !known[peer.Address] {
				fmt.Printf("%s is reached (%s, %.0f ms): %s\n", peer.Nickname, peer.Path, peer.RTTms, peer.Address)
			}
			known[peer.Address] = peer.Reached
		}
	}
}
