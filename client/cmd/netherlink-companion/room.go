package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/control"
	"github.com/netherlink/netherlink/client/internal/doctor"
	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/session"
)

func stop(ctx context.Context, folder config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	return control.Call(ctx, folder, "POST", "/v1/stop", nil, nil)
}

func leave(ctx context.Context, folder config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	return control.Call(ctx, folder, "POST", "/v1/leave", nil, nil)
}

func status(ctx context.Context, folder config.Folder, args []string) error {
	flags := flag.NewFlagSet("status", flag.ContinueOnError)
	raw := flags.Bool("json", false, "")
	words, _, err := parse(flags, args)
	if err != nil || len(words) != 0 {
		return errUsage
	}
	var now session.Status
	if err := control.Call(ctx, folder, "GET", "/v1/status", nil, &now); err != nil {
		return err
	}
	if *raw {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(now)
	}
	show(now)
	return nil
}

func show(now session.Status) {
	fmt.Printf("%s on %s\n", now.Username, now.Server)
	if now.Room == nil {
		fmt.Println("In no room.", now.Trouble)
		return
	}
	fmt.Printf("Room %q, LAN: %s %s\n", now.Room.Name, now.State, now.Trouble)
	if now.Address != "" {
		fmt.Println("Your address:", now.Address)
	}
	if now.Play != nil {
		role := "guest"
		if now.Play.Hosts {
			role = "host"
		}
		fmt.Printf("Game: %s (%s, mode %s)\n", now.Play.Game.Name, role, now.Play.Mode)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	if len(now.Peers) > 0 {
		fmt.Fprintln(table, "PLAYER\tADDRESS\tHERE\tPATH\tLATENCY\tLOSS")
	}
	for _, peer := range now.Peers {
		latency := "-"
		if peer.Reached {
			latency = fmt.Sprintf("%.1f ms", peer.RTTms)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.0f %%\n", peer.Nickname, peer.Address, peer.StandIn, peer.Path, latency, peer.Loss*100)
	}
	table.Flush()
	for _, problem := range now.Problems {
		fmt.Println("!", problem)
	}
}

func examine(ctx context.Context, folder config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	var found struct{ Items []doctor.Finding }
	if err := control.Call(ctx, folder, "GET", "/v1/doctor", nil, &found); err != nil {
		return err
	}
	for _, finding := range found.Items {
		mark := "ok "
		if !finding.OK {
			mark = "-> "
		}
		fmt.Println(mark, finding.What)
		if finding.Advice != "" {
			fmt.Println("    ", finding.Advice)
		}
	}
	return nil
}

func listGames(_ context.Context, folder config.Folder, args []string) error {
	list, err := games.Load(folder)
	if err != nil {
		return err
	}
	word := strings.ToLower(strings.Join(args, " "))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tGAME\tUDP\tTCP\tFOUND BY")
	for _, game := range list.All() {
		if text := strings.ToLower(game.ID + " " + game.Name + " " + strings.Join(game.Aliases, " ")); strings.Contains(text, word) {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", game.ID, game.Name, ports(game.UDP), ports(game.TCP), foundBy(game))
		}
	}
	return table.Flush()
}

func ports(ranges []games.Ports) string {
	var parts []string
	for _, p := range ranges {
		if p.First == p.Last {
			parts = append(parts, fmt.Sprint(p.First))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", p.First, p.Last))
		}
	}
	return strings.Join(parts, ",")
}

func foundBy(game games.Profile) string {
	if len(game.Discovery) == 0 {
		return "address"
	}
	for _, discovery := range game.Discovery {
		if discovery.Group != "" {
			return "multicast"
		}
	}
	return "broadcast"
}
