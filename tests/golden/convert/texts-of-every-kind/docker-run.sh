docker run \
  --name texts \
  --user 1000:1000 \
  --env A=no \
  --env B=1e3 \
  --env C=08 \
  --env 'D=a: b # c' \
  --env 'E=$HOME ${X} $$ $(Y)' \
  --env F= \
  --env 'G= spaced ' \
  --env 'H=~' \
  --env I=null \
  --env 'J=it'\''s' \
  --env 'K="quoted"' \
  --env 'L=back\slash' \
  --env 'M=- x' \
  --env N=0x1F \
  --env O=2001-12-14 \
  --env P=1:30 \
  --env 'Q=two
lines' \
  --env 'R=tab	here' \
  --env 'S=ünïcødé' \
  --env T=%d \
  --env 'U=[a]' \
  --env 'V={a}' \
  --env 'W=&a *b !c |d >e' \
  --env X=.5 \
  --env Y=+1 \
  busybox sh -c 'echo "$1" $$(x)' -- '' off
