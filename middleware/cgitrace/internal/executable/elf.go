//go:build dev

package executable

import (
	"debug/elf"
	"io"
)

// readELF lists the sections of an ELF file.
func readELF(r io.ReaderAt) (sections map[string]section, slides bool, err error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, false, err
	}
	sections = make(map[string]section)
	for _, s := range f.Sections {
		name, compressed, ok := debug(s.Name, ".")
		if !ok || s.Type == elf.SHT_NOBITS {
			continue
		}
		sec := section{offset: s.Offset, size: s.FileSize, zlib: compressed}
		if s.Flags&elf.SHF_COMPRESSED != 0 {
			sec.full, sec.read = s.Size, s.Data
		}
		sections[name] = sec
	}
	return sections, f.Type == elf.ET_DYN, nil
}
