docker run -v /anonymous -v data:/var/lib/data -v /srv/in:/in:ro,rslave,z -v ./rel/../here:/rel -v ../up:/up:nocopy -v ~/x:/home-x --volumes-from other -v cache:/cache:noexec,ro alpine
