/** What cannot be taken back, in lines of a terminal: part of the command's help, and said before it is done where a person sits there. */

export const meaning = {
  remove: [
    "They are out of the space at once, and it gets new keys: what is written from then on, their devices",
    "cannot read. What they have read they have. What somebody writes who is out of reach and has not heard",
    "of it yet, they can still read. A new invitation brings them back.",
  ],
  leave: [
    "You read and write nothing there any more, on no device of yours. What you wrote stays with the others,",
    "and what it held stays on this device until a reset. Only a new invitation brings you back.",
  ],
  removeDevice: [
    "All your spaces get new keys: what is written from then on it cannot read, and it writes nothing more.",
    "What it holds already stays on it, for whoever has it. It cannot be undone: to use that device again,",
    "reset Kith on it and link it as a new one.",
  ],
} as const;
