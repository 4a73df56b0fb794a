#!/bin/bash
# A disk of one's own that can lose power, fill up or turn read-only: ext4 on a loop device. Needs root,
# mkfs.ext4 (Debian: e2fsprogs) and xfs_io (Debian: xfsprogs).
#   disk.sh make FOLDER BYTES   a fresh file system in FOLDER/image, mounted at FOLDER/disk
#   disk.sh cut FOLDER          power gone: what is not on the medium is lost, every later call fails
#   disk.sh mount FOLDER        power back: the journal is replayed and the disk mounted again
#   disk.sh readonly FOLDER     what Linux does with a disk after an error: it turns read-only under open files
#   disk.sh down FOLDER         unmounts; fine when it is not mounted. The image stays the caller's to remove
set -eu
verb=${1:?make, cut, mount, readonly or down}
folder=${2:?a folder}
image=$folder/image
disk=$folder/disk

attach() { mount -o loop,errors=remount-ro "$image" "$disk"; }

case $verb in
  make)
    mkdir -p "$disk"
    truncate -s "${3:?bytes}" "$image"
    mkfs.ext4 -qF -m 0 "$image"
    attach
    ;;
  # Without a flush of the log, as in a power cut.
  cut) xfs_io -x -c shutdown "$disk" ;;
  mount)
    umount "$disk"
    attach
    ;;
  readonly) echo "power test" >"/sys/fs/ext4/$(basename "$(findmnt -no SOURCE "$disk")")/trigger_fs_error" ;;
  down) if mountpoint -q "$disk"; then umount "$disk"; fi ;;
  *) echo "disk.sh: unknown verb $verb" >&2; exit 2 ;;
esac
