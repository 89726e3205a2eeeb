# escape=`

FROM mcr.microsoft.com/windows/servercore:ltsc2022
   # a comment
run echo one `
	# another

   && echo two `
   && echo "# no comment"
ENV A=a`
b
CMD echo \
