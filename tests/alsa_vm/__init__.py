"""Debian's own kernel in QEMU, with a fake USB-MIDI interface: `make alsa-vm`.

The kernel's dummy host controller joins a gadget (usb_f_midi) to snd-usb-audio in one machine.
`m1tui simulate` is attached to the gadget's end, and m1tui works at the other end as on any cable.
"""
