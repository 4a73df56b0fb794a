"""
Writes every Ethernet frame that enters a switch to a file, each as f64 time, u32 length, bytes (big endian).
Argument: FILE. Says "open" when it listens; ends with its standard input and then says how many frames it
wrote and how many the kernel dropped. In Python because Node has no raw sockets.
"""
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
BUFFER_BYTES = 64 * 1024 * 1024

ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
ear.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
frames = 0
with open(sys.argv[1], "wb") as out:
    print("open", flush=True)
    while True:
        ready, _, _ = select.select([ear, sys.stdin], [], [])
        if ear in ready:
            frame, (device, _, kind, *_) = ear.recvfrom(262144)
            # What comes in by a cable: what goes out by the others is the same again.
            if device.startswith("port") and kind != socket.PACKET_OUTGOING:
                out.write(struct.pack(">dI", time.time(), len(frame)) + frame)
                frames += 1
        elif sys.stdin in ready:
            break
_, drops = struct.unpack("II", ear.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
print('{"frames": %d, "drops": %d}' % (frames, drops), flush=True)
