// Verifies what "countersign audit prove" writes with Go's sumdb packages, none of whose code is Countersign's:
//
//	tlog EVIDENCE [OLDER-CHECKPOINT LOG]
//
// EVIDENCE is the folder: the checkpoint is signed by the key in vkey, and the leaf in bundle.json is in its tree. With an
// older checkpoint and the log's folder, the tree that it covers is the beginning of the newer one.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type bundle struct {
	VerificationMaterial struct {
		TlogEntries []struct {
			LogIndex       string `json:"logIndex"`
			InclusionProof struct {
				Hashes []string `json:"hashes"`
			} `json:"inclusionProof"`
			CanonicalizedBody string `json:"canonicalizedBody"`
		} `json:"tlogEntries"`
	} `json:"verificationMaterial"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 && len(args) != 3 {
		return fmt.Errorf("expected EVIDENCE [OLDER-CHECKPOINT LOG]")
	}
	vkey, err := os.ReadFile(filepath.Join(args[0], "vkey"))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	tree, err := readCheckpoint(filepath.Join(args[0], "checkpoint"), verifier)
	if err != nil {
		return err
	}
	if err := checkInclusion(filepath.Join(args[0], "bundle.json"), tree); err != nil {
		return err
	}
	if len(args) == 1 {
		return nil
	}
	older, err := readCheckpoint(args[1], verifier)
	if err != nil {
		return err
	}
	return checkConsistency(tree, older, args[2])
}

// readCheckpoint opens a signed note and reads origin, size and root.
func readCheckpoint(file string, verifier note.Verifier) (tlog.Tree, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("%s is not a checkpoint of %s", file, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	fmt.Printf("checkpoint of %s over %d batches\n", lines[0], size)
	return tlog.Tree{N: size, Hash: root}, nil
}

// checkInclusion checks the proof in a bundle against a tree whose signature was checked.
func checkInclusion(file string, tree tlog.Tree) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var read bundle
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if len(read.VerificationMaterial.TlogEntries) != 1 {
		return fmt.Errorf("%s has %d log entries, expected one", file, len(read.VerificationMaterial.TlogEntries))
	}
	entry := read.VerificationMaterial.TlogEntries[0]
	index, err := strconv.ParseInt(entry.LogIndex, 10, 64)
	if err != nil {
		return err
	}
	body, err := base64.StdEncoding.DecodeString(entry.CanonicalizedBody)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, text := range entry.InclusionProof.Hashes {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(body)); err != nil {
		return err
	}
	fmt.Printf("batch %d is included\n", index)
	return nil
}

// checkConsistency proves from the log's tiles that the older tree is the beginning of the newer one.
func checkConsistency(tree, older tlog.Tree, folder string) error {
	reader := tlog.TileHashReader(tree, tiles{folder})
	proof, err := tlog.ProveTree(tree.N, older.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
		return err
	}
	fmt.Printf("the first %d batches are the same\n", older.N)
	return nil
}

// tiles reads C2SP tlog-tiles: Go's paths have the tile's height as well.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(t.folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		read = append(read, bytes)
	}
	return read, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
