//go:build dev

package executable

import (
	"debug/pe"
	"io"
)

// readPE lists the sections of a PE file.
func readPE(r io.ReaderAt) (sections map[string]section, slides bool, err error) {
	f, err := pe.NewFile(r)
	if err != nil {
		return nil, false, err
	}
	sections = make(map[string]section)
	for _, s := range f.Sections {
		name, compressed, ok := debug(s.Name, ".")
		if !ok {
			continue
		}
		sec := section{offset: uint64(s.Offset), size: uint64(s.Size), zlib: compressed}
		if s.VirtualSize > 0 && s.VirtualSize < s.Size {
			sec.size = uint64(s.VirtualSize) // the rest fills the file's block
		}
		sections[name] = sec
	}
	return sections, relocatable(f), nil
}

// relocatable reports whether Windows may load the program anywhere.
func relocatable(f *pe.File) bool {
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		return h.DllCharacteristics&pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE != 0
	case *pe.OptionalHeader32:
		return h.DllCharacteristics&pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE != 0
	}
	return true
}
