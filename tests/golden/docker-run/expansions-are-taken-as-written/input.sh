docker run -v $(pwd):/src -v ${HOME}/.ssh:/root/.ssh:ro -v "`pwd`/x:/y" -e T=$TOKEN $IMAGE >log 2>&1 | tee out
