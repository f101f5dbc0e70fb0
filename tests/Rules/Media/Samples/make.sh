#!/usr/bin/env bash
# How these samples were made (ffmpeg, ImageMagick, webp, libimage-exiftool-perl, apngasm). Run here; the results are committed.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
for i in 0 1 2 3; do
  convert -size 48x32 "gradient:rgb($((i*60)),40,200)-rgb(250,$((i*50)),30)" -fill white -draw "circle $((8+i*10)),16 $((8+i*10)),22" "$t/f$i.png"
done
gps=(-GPSLatitude=48.2082 -GPSLatitudeRef=N -GPSLongitude=16.3738 -GPSLongitudeRef=E -Make=SecretCam -Model=SecretModel -Artist=SecretName)
ex() { exiftool -q -q -overwrite_original "$@"; }

convert -delay 8 -loop 0 "$t"/f?.png -comment SecretComment animated.gif
convert "$t/f0.png" still.gif
convert "$t/f0.png" -quality 85 plain.jpg
convert "$t/f0.png" -quality 85 gps-orientation6.jpg
ex "${gps[@]}" -Orientation#=6 -XMP:Title=SecretTitle -IPTC:Keywords=SecretWord -Comment=SecretComment gps-orientation6.jpg
convert "$t/f1.png" -interlace JPEG -quality 85 progressive.jpg
convert "$t/f1.png" -colorspace CMYK -quality 60 cmyk-adobe.jpg
convert "$t/f0.png" plain.png
convert "$t/f1.png" -set Title SecretTitle -set Comment SecretComment text-exif.png
ex "${gps[@]}" -Orientation#=8 -XMP:Title=SecretTitle text-exif.png
convert "$t/f2.png" -colors 16 -type Palette PNG8:palette.png
apngasm "$t/apng.png" "$t"/f?.png 1 10 > /dev/null && cp "$t/apng.png" animated.png
ex -PNG:Author=SecretName animated.png
cwebp -quiet -q 70 "$t/f0.png" -o lossy.webp
cwebp -quiet -lossless "$t/f1.png" -o lossless.webp
convert "$t/f2.png" -alpha set -channel A -evaluate set 50% +channel "$t/alpha.png"
cwebp -quiet -q 60 "$t/alpha.png" -o alpha.webp
cp lossy.webp exif-xmp.webp
ex "${gps[@]}" -Orientation#=6 -XMP:Title=SecretTitle exif-xmp.webp
img2webp -loop 0 -lossy -q 60 -d 80 "$t"/f?.png -o animated.webp > /dev/null
ex "${gps[@]}" -XMP:Title=SecretTitle animated.webp
ls -l
