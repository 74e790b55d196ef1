# What `cmake --install` puts where, and the two Debian packages that `scripts/package` makes of it:
#   wardmark      everything that needs no network; never libtorch
#   wardmark-nn   the engine beside it
# The programs find one another by these places: cli/engine.cpp, cli/module.cpp.
set(package_programs libexec/wardmark)
set(package_modules lib/wardmark)

# Made by the programs from their own declarations, so that they cannot differ.
set(manual ${CMAKE_BINARY_DIR}/manual)
set(engine "")
if(TARGET wardmark-nn)
  set(engine wardmark-nn)  # tells of its own options, where it is there
endif()
add_custom_command(
  OUTPUT ${manual}/wardmark.1.gz ${manual}/wardmark.bash ${manual}/_wardmark ${manual}/changelog.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${manual}
  COMMAND wardmark --generate man > ${manual}/wardmark.1
  COMMAND wardmark --generate bash > ${manual}/wardmark.bash
  COMMAND wardmark --generate zsh > ${manual}/_wardmark
  COMMAND gzip -9nf ${manual}/wardmark.1
  COMMAND sh ${PROJECT_SOURCE_DIR}/scripts/debian-changelog ${PROJECT_VERSION} > ${manual}/changelog
  COMMAND gzip -9nf ${manual}/changelog
  DEPENDS wardmark ${engine} ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  COMMENT "Writing man page and completions" VERBATIM)
if(WARDMARK_TESTS)
  add_custom_target(manual DEPENDS ${manual}/wardmark.1.gz)
else()
  add_custom_target(manual ALL DEPENDS ${manual}/wardmark.1.gz)
endif()

install(TARGETS wardmark RUNTIME DESTINATION bin COMPONENT wardmark)
install(TARGETS wardmark-http RUNTIME DESTINATION ${package_programs} COMPONENT wardmark)
install(TARGETS wardmark-sheet wardmark-medical-module LIBRARY DESTINATION ${package_modules} COMPONENT wardmark)
install(FILES ${manual}/wardmark.1.gz DESTINATION share/man/man1 COMPONENT wardmark)
install(FILES ${manual}/wardmark.bash DESTINATION share/bash-completion/completions RENAME wardmark COMPONENT wardmark)
install(FILES ${manual}/_wardmark DESTINATION share/zsh/vendor-completions COMPONENT wardmark)
install(FILES README.md CHANGELOG.md SECURITY.md DESTINATION share/doc/wardmark COMPONENT wardmark)
install(DIRECTORY docs/ DESTINATION share/doc/wardmark/docs COMPONENT wardmark
  PATTERN data EXCLUDE)
install(DIRECTORY samples/suspects samples/batch DESTINATION share/doc/wardmark/examples COMPONENT wardmark)
set(package_parts wardmark)
if(TARGET wardmark-nn)
  list(APPEND package_parts wardmark-nn)
  set_target_properties(wardmark-nn PROPERTIES INSTALL_RPATH "$ORIGIN/../../${package_modules}")
  install(TARGETS wardmark-nn RUNTIME DESTINATION ${package_programs} COMPONENT wardmark-nn)
  if(TARGET wardmark-sentencepiece)
    install(TARGETS wardmark-sentencepiece LIBRARY DESTINATION ${package_modules} COMPONENT wardmark-nn)
  endif()
endif()
foreach(part IN LISTS package_parts)
  install(FILES scripts/debian-copyright DESTINATION share/doc/${part} RENAME copyright COMPONENT ${part})
  install(FILES ${manual}/changelog.gz DESTINATION share/doc/${part} RENAME changelog.gz COMPONENT ${part})
  install(FILES ${CMAKE_BINARY_DIR}/${part}.spdx.json DESTINATION share/doc/${part} COMPONENT ${part} OPTIONAL)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wardmark)
set(CPACK_PACKAGE_VENDOR wardmark)
set(CPACK_PACKAGE_CONTACT "The wardmark maintainers <maintainers@wardmark.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL ${package_parts})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_THREADS 2)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_WARDMARK_PACKAGE_NAME wardmark)
set(CPACK_DEBIAN_WARDMARK_PACKAGE_SUGGESTS wardmark-nn)
set(CPACK_DEBIAN_WARDMARK_PACKAGE_RECOMMENDS openssl)
set(CPACK_DEBIAN_WARDMARK_DESCRIPTION "protects data sets before they are published, proves use afterwards
wardmark writes protected copies of labelled pictures and DICOM studies, from
which networks learn less, and puts keyed sentences into texts. Later it tests,
with exact p-values, whether a suspect model or corpus carries these marks.
Protection raises the cost of training on the data; it prevents nothing for
certain. The originals are never changed.")
set(CPACK_DEBIAN_WARDMARK-NN_PACKAGE_NAME wardmark-nn)
set(CPACK_DEBIAN_WARDMARK-NN_PACKAGE_DEPENDS "wardmark (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_WARDMARK-NN_PACKAGE_RECOMMENDS libopenblas0-pthread)
set(CPACK_DEBIAN_WARDMARK-NN_DESCRIPTION "networks for wardmark: evaluate, train, fitted methods, local suspects
This package adds to wardmark what needs libtorch: training networks on a
protected set under the known counter-measures, fitting noise to a data set,
and asking suspect models that lie in files.")
include(CPack)
