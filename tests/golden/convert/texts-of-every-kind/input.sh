docker run --name texts --user 1000:1000 -e A=no -e B=1e3 -e C=08 -e 'D=a: b # c' -e 'E=$HOME ${X} $$ $(Y)' \
  -e F= -e 'G= spaced ' -e H=~ -e I=null -e "J=it's" -e 'K="quoted"' -e 'L=back\slash' -e 'M=- x' -e N=0x1F -e O=2001-12-14 -e P=1:30 \
  -e 'Q=two
lines' -e 'R=tab	here' -e S=ünïcødé -e 'T=%d' -e 'U=[a]' -e 'V={a}' -e 'W=&a *b !c |d >e' -e X=.5 -e Y=+1 \
  busybox sh -c 'echo "$1" $$(x)' -- '' off
