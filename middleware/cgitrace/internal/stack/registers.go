//go:build dev

package stack

import (
	"bytes"
	"encoding/binary"
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// saver is the function that code calls which has found an index out of range. The compiler
// leaves index and length in whatever registers they are, and the function begins by saving all
// of them in its own frame.
const saver = "runtime.panicBounds"

// maxSaver is how much of its code is looked at, in bytes.
const maxSaver = 512

// Registers returns the registers of f's machine frame that are known, by their DWARF numbers;
// nil where none is. They are known only where the frame's function has failed a bounds check,
// for there the runtime has saved them. In optimised code that is often the only place where
// index and length still are.
//
// Which register was saved where, is taken from the machine code that does it, so that with a
// runtime that does it in another way none is known, rather than a wrong one.
func (s *Stack) Registers(f Frame) map[int]uint64 { return s.registers[f.Machine] }

// registers returns those that the function of frame f has saved for its caller.
func (w *walk) registers(f machineFrame) map[int]uint64 {
	if f.function != saver || f.pc < f.entry || f.pc-f.entry > maxSaver {
		return nil
	}
	code := make([]byte, f.pc-f.entry)
	if !memory.Read(f.entry, code) {
		return nil
	}
	saved := savedARM64
	if runtime.GOARCH == "amd64" {
		saved = savedAMD64
	}
	registers := make(map[int]uint64)
	for register, offset := range saved(code) {
		if word, ok := w.word(f.sp + offset); ok {
			registers[register] = word
		}
	}
	return registers
}

// savedAMD64 returns where the code at the beginning of a function saves registers, as
// distances from the stack pointer, by the registers' DWARF numbers (System V ABI, AMD64
// supplement, figure 3.36). The stores it knows have the forms
//
//	REX.W 89 /r with ModRM mod=01 rm=100, SIB 24, disp8	MOVQ reg, disp8(SP)
//	REX.W 89 /r with ModRM mod=10 rm=100, SIB 24, disp32	MOVQ reg, disp32(SP)
//
// The frame pointer is left out: the function has set its own by then.
func savedAMD64(code []byte) map[int]uint64 {
	numbers := [16]int{0, 2, 1, 3, -1, -1, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15} // of rax, rcx, rdx, rbx, rsp, rbp …
	saved := make(map[int]uint64)
	for code = afterPrologueAMD64(code); len(code) >= 8; {
		if code[0]&^0x04 != 0x48 || code[1] != 0x89 || code[2]&0x07 != 4 || code[3] != 0x24 {
			break
		}
		register := numbers[code[0]&0x04<<1|code[2]>>3&0x07]
		var offset uint64
		switch code[2] >> 6 {
		case 1:
			offset, code = uint64(code[4]), code[5:]
		case 2:
			offset, code = uint64(binary.LittleEndian.Uint32(code[4:])), code[8:]
		default:
			return saved
		}
		if register >= 0 {
			saved[register] = offset
		}
	}
	return saved
}

// afterPrologueAMD64 skips the instructions by which a function makes its frame; nil where they
// are others.
func afterPrologueAMD64(code []byte) []byte {
	for _, form := range [...][]byte{
		{0x55},             // PUSHQ BP
		{0x48, 0x89, 0xe5}, // MOVQ SP, BP
	} {
		rest, ok := bytes.CutPrefix(code, form)
		if !ok {
			return nil
		}
		code = rest
	}
	if rest, ok := bytes.CutPrefix(code, []byte{0x48, 0x81, 0xec}); ok && len(rest) >= 4 { // SUBQ $imm32, SP
		return rest[4:]
	}
	if rest, ok := bytes.CutPrefix(code, []byte{0x48, 0x83, 0xec}); ok && len(rest) >= 1 { // SUBQ $imm8, SP
		return rest[1:]
	}
	return nil
}

// savedARM64 is savedAMD64 for arm64, where a register's number is the machine's own (DWARF for
// the Arm 64-bit Architecture, §4.1). The stores have the form "STP (R1, R2), offset(RSP)";
// those of the link register and the frame pointer, which make the frame, have others.
func savedARM64(code []byte) map[int]uint64 {
	const (
		form  = 0xa90003e0 // 64 bits, signed offset, base RSP
		fixed = 0xffc003e0
	)
	saved := make(map[int]uint64)
	for ; len(code) >= 4; code = code[4:] {
		instruction := binary.LittleEndian.Uint32(code)
		if instruction&fixed != form {
			if len(saved) > 0 {
				break
			}
			continue
		}
		first, second, offset := int(instruction&0x1f), int(instruction>>10&0x1f), uint64(instruction>>15&0x7f)*8
		if offset >= 0x40*8 || max(first, second) > 28 { // a negative offset, or no general register
			break
		}
		saved[first], saved[second] = offset, offset+8
	}
	return saved
}
