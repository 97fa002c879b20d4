package games

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/netherlink/netherlink/client/internal/config"
)

func TestBuiltInListIsValidAndLongEnough(t *testing.T) {
	list, err := Load(config.Folder{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.All()) < 31 {
		t.Errorf("%d games", len(list.All()))
	}
	names := map[string]string{}
	for _, game := range list.All() {
		if source, err := url.Parse(game.Source); game.ID != "toy" && (err != nil || source.Host == "") {
			t.Errorf("%s: its ports have no source", game.ID)
		}
		for _, name := range append([]string{game.ID, game.Name}, game.Aliases...) {
			name = strings.ToLower(name)
			if other := names[name]; other != "" && other != game.ID {
				t.Errorf("%q means %s and %s", name, other, game.ID)
			}
			names[name] = game.ID
		}
	}
}

func TestFindTakesIDNameAndAlias(t *testing.T) {
	list, err := Load(config.Folder{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"minecraft-java", "MINECRAFT", "minecraft: java edition"} {
		if game, ok := list.Find(name); !ok || game.ID != "minecraft-java" {
			t.Errorf("%s: %v", name, game)
		}
	}
	if _, ok := list.Find("no such game"); ok {
		t.Error("found what is not there")
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for _, raw := range []string{
		`[{"id":"A b","name":"x","udp":[1]}]`, `[{"id":"a","udp":[1]}]`, `[{"id":"a","name":"x"}]`,
		`[{"id":"a","name":"x","udp":[0]}]`, `[{"id":"a","name":"x","udp":["9-8"]}]`, `[{"id":"a","name":"x","udp":["1-65"]}]`,
		`[{"id":"a","name":"x","udp":[70000]}]`, `[{"id":"a","name":"x","udp":["a-b"]}]`, `[{"id":"a","name":"x","prots":[1]}]`,
		`[{"id":"a","name":"x","udp":[1],"discovery":[{"port":2,"from":"joiner"}]}]`,
		`[{"id":"a","name":"x","udp":[1],"discovery":[{"port":1,"from":"nobody"}]}]`,
		`[{"id":"a","name":"x","udp":[1],"discovery":[{"port":1,"from":"host","group":"10.0.0.1"}]}]`,
		`[{"id":"a","name":"x","udp":[1]},{"id":"a","name":"y","udp":[1]}]`,
	} {
		if _, err := parse([]byte(raw)); err == nil {
			t.Errorf("taken: %s", raw)
		}
	}
}

func TestOwnGamesExtendAndReplace(t *testing.T) {
	folder := config.Folder{Path: t.TempDir()}
	mine := Profile{ID: "mine", Name: "Mine", UDP: []Ports{{5000, 5001}}}
	other := Profile{ID: "terraria", Name: "Terraria", TCP: []Ports{{7000, 7000}}}
	for _, profile := range []Profile{mine, other, mine} {
		if err := Keep(folder, profile); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if game, ok := list.Find("mine"); !ok || game.UDP[0] != (Ports{5000, 5001}) {
		t.Errorf("%v", game)
	}
	if game, _ := list.Find("terraria"); len(game.TCP) != 1 || game.TCP[0].First != 7000 {
		t.Errorf("%v", game)
	}
	if err := os.WriteFile(folder.File("games.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "games.json") {
		t.Errorf("a broken file: %v", err)
	}
}
