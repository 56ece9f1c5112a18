#!/bin/sh
# Builds binder/Dockerfile with buildah, on a Debian that debootstrap makes, measures the image, and runs lesson 01 in it
# as a reader does: with no rights, with nothing in the home, and with no network but `lo`.
#
#     sudo sh tests/image/build.sh [BUILD_ARG=VALUE...]
#
# Takes some ten minutes the first time; what it makes is kept in .build/image. `rm -r` that for a new Debian.
set -eu
cd "$(dirname "$0")/../.."

most=1300000000   # octets of its files
packed=450000000  # and as they are sent, by gzip

for command in debootstrap buildah unshare ip; do
  command -v $command >/dev/null || {
    echo "tests/image: $command is missing (Debian and Ubuntu: apt install debootstrap buildah)" >&2
    exit 1
  }
done
[ "$(id -u)" = 0 ] || {
  echo "tests/image: debootstrap and buildah need root here" >&2
  exit 1
}

place=$PWD/.build/image
debian=$place/debian
mkdir -p "$place"
if [ ! -e "$debian.made" ]; then
  rm -rf "$debian"
  debootstrap --variant=minbase trixie "$debian"
  # As the slim images are: without documentation, also of what is installed later, and without apt's caches.
  for path in doc info locale man; do
    echo "path-exclude /usr/share/$path/*" >>"$debian/etc/dpkg/dpkg.cfg.d/slim"
    rm -rf "$debian/usr/share/$path"
  done
  echo 'APT::Keep-Downloaded-Packages "false";' >"$debian/etc/apt/apt.conf.d/slim"
  rm -rf "$debian/var/lib/apt/lists" "$debian/var/cache/apt"
  mkdir -p "$debian/var/cache/apt/archives/partial"
  touch "$debian.made"
fi

export BUILDAH_ISOLATION=chroot
buildah() {
  command buildah --root "$place/storage" --runroot "$place/run" "$@"
}

arguments=
for argument; do arguments="$arguments --build-arg $argument"; done
base=docker.io/library/debian:trixie-slim
if [ -z "$(buildah images --quiet --filter reference=$base)" ]; then
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$debian" /
  # Where this machine has certificates of its own to reach the registries, so has the image's base.
  certificates=${SSL_CERT_FILE-}
  if [ -n "$certificates" ]; then
    buildah copy --quiet "$container" "$certificates" /usr/local/share/certificates.crt
    for name in SSL_CERT_FILE NODE_EXTRA_CA_CERTS PIP_CERT; do
      buildah config --env $name=/usr/local/share/certificates.crt "$container"
    done
  fi
  buildah commit --quiet --rm "$container" $base
fi
# shellcheck disable=SC2086 # none has spaces
buildah bud --layers --pull-never $arguments --file binder/Dockerfile --tag sockets .

container=$(buildah from --pull-never sockets)
trap 'buildah rm "$container" >/dev/null' EXIT
root=$(buildah mount "$container")
unpacked_now=$(du --summarize --apparent-size --one-file-system --block-size=1 "$root" | cut -f 1)
packed_now=$(tar --create --one-file-system --directory "$root" . | gzip | wc -c)
echo "tests/image: $((unpacked_now / 1000000)) MB, packed $((packed_now / 1000000)) MB"
[ "$unpacked_now" -le $most ] && [ "$packed_now" -le $packed ] || {
  echo "tests/image: more than $((most / 1000000)) MB, or packed more than $((packed / 1000000)) MB" >&2
  exit 1
}

# The image's own start, and in the place of its command the lesson, headless.
unshare --net sh -euc '
  ip link set lo up
  buildah=$1; shift
  $buildah run --user 1000 "$@"
' - "buildah --root $place/storage --runroot $place/run" "$container" -- \
  tini -g -- /opt/sockets/binder/start python tools/run.py --check --notebooks notebooks --pair 01-echo
buildah run --user 1000 "$container" -- /opt/sockets/binder/start jupyterhub-singleuser --version
echo "tests/image: passed"
