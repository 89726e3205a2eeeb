docker run --security-opt no-new-priviledges alpine
