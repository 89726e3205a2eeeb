docker run -e "A=b alpine
