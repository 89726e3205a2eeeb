docker run --annotation a=b --domainname example.org --hostname h -w /srv/../app alpine
