package main

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/middleware/session"
)

// keyFile is among the data, and is made at the first start. All processes of a wiki share it.
const keyFile = "session.keys"

// keys are what the wiki signs with.
type keys struct {
	text    string // as the file has them, without comments and empty lines
	founder string // in the link by which somebody becomes the first administrator
}

func openKeys(folder *disk.Folder) (keys, error) {
	path := folder.Path(keyFile)
	if _, err := session.OpenKeyring(path); err != nil { // makes it, and looks at who may read it
		return keys{}, fmt.Errorf("cannot use the wiki's keys: %w", err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return keys{}, fmt.Errorf("cannot use the wiki's keys: %w", err)
	}
	var k keys
	for line := range strings.Lines(string(file)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			k.text += line + "\n"
		}
	}
	// Nothing new is kept for the link, and it stays the same until somebody has followed it.
	secret, err := hkdf.Key(sha256.New, []byte(k.text), nil, "wiki: the first administrator", 18)
	if err != nil {
		return keys{}, err
	}
	k.founder = base64.RawURLEncoding.EncodeToString(secret)
	return k, nil
}
